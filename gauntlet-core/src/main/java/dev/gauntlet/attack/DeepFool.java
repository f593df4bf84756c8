package dev.gauntlet.attack;

import dev.gauntlet.attack.kit.Require;
import dev.gauntlet.data.Batch;
import dev.gauntlet.loss.Loss;
import dev.gauntlet.model.DifferentiableClassifier;
import dev.gauntlet.model.Logits;
import dev.gauntlet.threat.Norm;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * DeepFool: steps to the nearest decision boundary of the linearised model, until the prediction changes.
 *
 * <p>Moosavi-Dezfooli, Fawzi and Frossard, "DeepFool: a simple and accurate method to fool deep neural networks", CVPR
 * 2016, <a href="https://arxiv.org/abs/1511.04599">arXiv:1511.04599</a>, algorithm 2 and section 3.3. As in the authors'
 * code, each point is {@code x + (1 + overshoot) * (r_1 + ... + r_i)}, here clipped to the box [0,1], and the first one
 * with another prediction is the result. A step is at least 1e-4 long, so that an example on the boundary leaves it; the
 * authors' later code adds this length to every step. The distance is that of the result, with overshoot and clipping.
 *
 * <p>L-infinity and L2, untargeted only.
 *
 * <p>Cost: per step as many forward and backward passes as candidates, and one forward pass; one forward pass in all. An
 * example whose prediction has changed is finished.
 *
 * <p>Example: {@code DeepFool.defaults().nearest(model, Problem.of(batch, Norm.L2))}.
 *
 * @param steps the largest number of steps, at least 1
 * @param overshoot how much further than the boundary to go, as a share of the way; at least 0
 * @param candidates how many classes besides the true one are tried, those with the largest logits of the clean example;
 *     0 for all
 */
public record DeepFool(
        @Explained(value = "The largest number of steps", min = 1)
        int steps,

        @Explained(value = "How much further than the boundary to go, as a share of the way", min = 0)
        double overshoot,

        @Explained(
                value = "How many classes besides the true one are tried, those with the largest logits; 0 for all",
                min = 0)
        int candidates)
        implements MinimalNormAttack<DifferentiableClassifier> {
    private static final double SHORTEST_STEP = 1e-4;

    public DeepFool {
        Require.atLeast(1, steps, "DeepFool", "step");
        Require.atLeast(0, overshoot, "The overshoot of DeepFool");
        Require.that(
                candidates >= 0, "DeepFool tries 1 or more other classes, or 0 for all, got %d.".formatted(candidates));
    }

    /**
     * Returns the method as its authors publish it: 50 steps, an overshoot of 0.02, and all classes.
     *
     * @return the attack
     */
    public static DeepFool defaults() {
        return new DeepFool(50, 0.02, 0);
    }

    @Override
    public String name() {
        return "deepfool";
    }

    @Override
    public String title() {
        return "DeepFool";
    }

    @Override
    public String meaning() {
        return "steps to the nearest linearised boundary";
    }

    @Override
    public Set<Norm> norms() {
        return EnumSet.of(Norm.LINF, Norm.L2);
    }

    @Override
    public Passes passes(Norm norm, List<Double> epsilons, int classes) {
        return Passes.forwards(1)
                .plus(Passes.gradients(tried(classes)).plus(Passes.forwards(1)).times(steps));
    }

    @Override
    public boolean isTargetable() {
        return false;
    }

    @Override
    public AttackResult nearest(DifferentiableClassifier model, Problem problem) {
        requireFit(problem.norm(), problem.criterion());
        Logits cleanLogits = model.logits(problem.clean());
        Findings findings = Findings.of(cleanLogits, problem);
        int[] rows = findings.open();
        Loss[][] functions = functions(cleanLogits, problem.clean(), rows);
        // the sum of all steps of each example of the problem
        double[] total = new double[problem.clean().pixels().length];
        Batch x = problem.clean().select(rows);
        for (int step = 0; step < steps && rows.length > 0; step++) {
            LinearizedBoundaries nearest = LinearizedBoundaries.of(model, problem.norm(), x, functions);
            addSteps(problem.norm(), nearest, rows, total);
            x = x.withPixels(perturbed(problem.clean(), rows, total));
            int[] standing = Arrays.stream(findings.keep(rows, x.pixels(), model.logits(x)))
                    .filter(nearest::exists)
                    .toArray();
            if (standing.length < rows.length) {
                rows = RowSelection.select(rows, standing);
                x = x.select(standing);
                functions = RowSelection.select(functions, standing);
            }
        }
        return findings.result();
    }

    private int tried(int classes) {
        return candidates == 0 ? classes - 1 : Math.min(candidates, classes - 1);
    }

    private Loss[][] functions(Logits cleanLogits, Batch clean, int[] rows) {
        int tried = tried(cleanLogits.classes());
        return Arrays.stream(rows)
                .mapToObj(row -> LinearizedBoundaries.rivals(cleanLogits, row, clean.labels()[row]))
                .map(rivals -> LinearizedBoundaries.between(Arrays.copyOf(rivals, tried)))
                .toArray(Loss[][]::new);
    }

    /** Adds {@code |f| / ||w|| * steepest(w)}, where f is the difference of two logits and w its gradient. */
    private static void addSteps(Norm norm, LinearizedBoundaries nearest, int[] rows, double[] total) {
        float[] gradients = nearest.gradients();
        int length = gradients.length / rows.length;
        float[] direction = new float[gradients.length];
        for (int i = 0; i < rows.length; i++) {
            if (nearest.exists(i)) {
                norm.steepest(gradients, i * length, length, direction);
                double way = Math.max(SHORTEST_STEP, nearest.distance(i));
                for (int pixel = 0; pixel < length; pixel++) {
                    total[rows[i] * length + pixel] += way * direction[i * length + pixel];
                }
            }
        }
    }

    /** Computes {@code clamp(x + (1 + overshoot) * total, 0, 1)} for some examples. */
    private float[] perturbed(Batch clean, int[] rows, double[] total) {
        int length = clean.shape().size();
        float[] perturbed = new float[rows.length * length];
        for (int i = 0; i < perturbed.length; i++) {
            int pixel = rows[i / length] * length + i % length;
            double moved = clean.pixels()[pixel] + (1 + overshoot) * total[pixel];
            perturbed[i] = (float) Math.max(0, Math.min(1, moved));
        }
        return perturbed;
    }
}

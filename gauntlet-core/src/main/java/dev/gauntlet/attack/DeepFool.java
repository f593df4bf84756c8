package dev.gauntlet.attack;

import dev.gauntlet.attack.kit.Findings;
import dev.gauntlet.attack.kit.OptionMeaning;
import dev.gauntlet.attack.kit.Problem;
import dev.gauntlet.attack.kit.Require;
import dev.gauntlet.attack.kit.RowSelection;
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
 * DeepFool: steps to the nearest decision boundary of the linearized model, until the prediction changes.
 *
 * <p>Moosavi-Dezfooli, Fawzi and Frossard, "DeepFool: a simple and accurate method to fool deep neural networks", CVPR
 * 2016, <a href="https://arxiv.org/abs/1511.04599">arXiv:1511.04599</a>, algorithm 2 and section 3.3. As in the authors'
 * code, each point is {@code x + (1 + overshoot) * (r_1 + ... + r_i)}, here clipped to the box [0,1], and the first one
 * with another prediction is the result. A step is at least 1e-4 long, so that an example on the boundary leaves it; the
 * authors' later code adds this length to every step. The distance is that of the result, with overshoot and clipping.
 *
 * <p>L-infinity and L2, untargeted only.
 *
 * <p>A step computes the gradients of the candidates whose boundaries may be the nearest: in the first step all of them, later
 * those whose boundaries would be the nearest if their gradients had doubled since they were last computed.
 *
 * <p>Cost: per step, at most one forward and backward pass per candidate, usually two in all, and one forward pass; one forward
 * pass in total. The search for an example ends when its prediction changes.
 *
 * <p>Example: {@code DeepFool.defaults().nearest(model, Problem.of(batch, Norm.L2))}.
 *
 * @param steps the largest number of steps, at least 1
 * @param overshoot the overshoot beyond the boundary, as a share of the way; at least 0
 * @param candidates the number of other classes to consider, those with the largest logits of the clean example; 0 for
 *     all
 */
public record DeepFool(
        @OptionMeaning(value = "The largest number of steps", min = 1)
        int steps,

        @OptionMeaning(value = "The overshoot beyond the boundary, as a share of the way", min = 0)
        double overshoot,

        @OptionMeaning(
                value = "The number of other classes to consider, those with the largest logits; 0 for all",
                min = 0)
        int candidates)
        implements MinimalNormAttack<DifferentiableClassifier> {
    private static final double SHORTEST_STEP = 1e-4;

    public DeepFool {
        Require.atLeast(1, steps, "DeepFool", "step");
        Require.atLeast(0, overshoot, "The overshoot of DeepFool");
        Require.that(
                candidates >= 0,
                "The candidates of DeepFool must be at least 1, or 0 for all classes, got %d.".formatted(candidates));
    }

    /**
     * Returns the published configuration: 50 steps, an overshoot of 0.02, and all classes.
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
        return "steps to the nearest linearized boundary";
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
    public void search(DifferentiableClassifier model, Problem problem, Findings findings) {
        Logits cleanLogits = findings.cleanLogits();
        int[] rows = findings.open();
        NearestBoundaries boundaries = new NearestBoundaries(functions(cleanLogits, problem.clean(), rows));
        // the sum of all steps of each example of the problem
        double[] total = new double[problem.clean().pixels().length];
        Batch x = problem.clean().select(rows);
        for (int step = 0; step < steps && rows.length > 0; step++) {
            LinearizedBoundaries nearest = boundaries.at(model, problem.norm(), x);
            addSteps(problem.norm(), nearest, rows, total);
            x = x.withPixels(perturbed(problem.clean(), rows, total));
            int[] standing = Arrays.stream(findings.keep(rows, x.pixels(), model.logits(x)))
                    .filter(nearest::exists)
                    .toArray();
            if (standing.length < rows.length) {
                rows = RowSelection.select(rows, standing);
                x = x.select(standing);
                boundaries.select(standing);
            }
        }
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

package dev.gauntlet.attack;

import dev.gauntlet.RandomKey;
import dev.gauntlet.attack.kit.Findings;
import dev.gauntlet.attack.kit.OptionMeaning;
import dev.gauntlet.attack.kit.Problem;
import dev.gauntlet.attack.kit.Require;
import dev.gauntlet.data.Batch;
import dev.gauntlet.loss.CrossEntropy;
import dev.gauntlet.loss.Loss;
import dev.gauntlet.model.DifferentiableClassifier;
import dev.gauntlet.model.Gradient;
import dev.gauntlet.threat.Norm;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * Decoupled direction and norm: each step turns the perturbation towards the gradient of the cross-entropy and then
 * sets its length: slightly shorter than before after a success, slightly longer after a failure.
 *
 * <p>Rony, Hafemann, Oliveira, Ben Ayed, Sabourin and Granger, "Decoupling Direction and Norm for Efficient
 * Gradient-Based L2 Adversarial Attacks and Defenses", CVPR 2019,
 * <a href="https://arxiv.org/abs/1811.09600">arXiv:1811.09600</a>, algorithm 1.
 *
 * <p>L2, untargeted and targeted. The step size decreases from 1 to 0.01 by cosine annealing. If the gradient is
 * exactly 0, the step has a random direction. With two classes it converges to the nearest success on
 * a linear model; with more, to a point where the gradient of the cross-entropy is parallel to the perturbation, which is
 * the nearest point of its class only if no third class is likely there.
 *
 * <p>The paper rounds every point to the 256 grey levels of an 8-bit image; {@code levels=256} does the same, for comparison
 * with published numbers. The default does not round, because the evaluation allows all images in [0,1] and rounding would
 * only increase the distances.
 *
 * <p>Cost: one forward and backward pass per step, and two forward passes.
 *
 * <p>Example: {@code new Ddn(1000, 0.05, 1, 256).nearest(model, Problem.of(batch, Norm.L2))}.
 *
 * @param steps the number of steps, at least 1; the paper uses 100, 300 and 1000
 * @param gamma the relative change of the length per step, above 0 and below 1
 * @param initialNorm the initial length, above 0
 * @param levels the number of evenly spaced pixel values from 0 to 1, at least 2; 0 for no rounding
 */
public record Ddn(
        @OptionMeaning(value = "The number of steps", min = 1)
        int steps,

        @OptionMeaning(value = "The relative change of the length per step", above = 0, below = 1)
        double gamma,

        @OptionMeaning(value = "The initial length of the perturbation", above = 0)
        double initialNorm,

        @OptionMeaning(value = "The number of evenly spaced pixel values, at least 2; 0 for no rounding", min = 0)
        int levels)
        implements MinimalNormAttack<DifferentiableClassifier> {
    private static final Loss LOSS = new CrossEntropy();

    public Ddn {
        Require.atLeast(1, steps, "DDN", "step");
        Require.properShare(gamma, "The gamma of DDN");
        Require.above(0, initialNorm, "The initial norm of DDN, a length,");
        Require.that(
                levels == 0 || levels >= 2,
                "The levels of DDN must be at least 2, or 0 for no rounding, got %d.".formatted(levels));
    }

    /**
     * Returns the configuration of the paper with 100 steps, but without rounding pixels to 256 levels.
     *
     * @return the attack
     */
    public static Ddn defaults() {
        return new Ddn(100, 0.05, 1, 0);
    }

    @Override
    public String name() {
        return "ddn";
    }

    @Override
    public String title() {
        return "DDN";
    }

    @Override
    public String meaning() {
        return "decoupled direction and norm";
    }

    @Override
    public Set<Norm> norms() {
        return EnumSet.of(Norm.L2);
    }

    @Override
    public Passes passes(Norm norm, List<Double> epsilons, int classes) {
        return Passes.gradients(steps).plus(Passes.forwards(2));
    }

    @Override
    public void search(DifferentiableClassifier model, Problem problem, Findings findings) {
        int[] rows = findings.attacked();
        Problem attacked = problem.select(rows);
        Batch clean = attacked.clean();
        int length = clean.shape().size();
        double[] farthest = FarthestCorner.distances(Norm.L2, clean);
        double[] norms = new double[rows.length];
        Arrays.fill(norms, initialNorm);
        CosineAnnealing stepSize = new CosineAnnealing(1, 0.01, steps);
        float[] x = clean.pixels();
        float[] direction = new float[length];
        float[] delta = new float[length];
        for (int step = 0; step < steps; step++) {
            Gradient gradient = model.gradient(clean.withPixels(x), attacked.objective(LOSS, clean));
            float[] next = new float[x.length];
            for (int row = 0; row < rows.length; row++) {
                boolean adversarial = attacked.isMet(gradient.logits(), row);
                if (adversarial) {
                    findings.keep(rows[row], x, row);
                }
                norms[row] = Math.min(farthest[row], norms[row] * (adversarial ? 1 - gamma : 1 + gamma));
                System.arraycopy(gradient.pixels(), row * length, direction, 0, length);
                double size = Norm.L2.size(direction, 0, length);
                if (size == 0) {
                    size = random(attacked.randomness(row).with(step), direction);
                }
                move(clean.pixels(), x, direction, stepSize.at(step) / size, norms[row], row * length, delta, next);
            }
            x = next;
        }
        findings.keep(rows, x, model.logits(clean.withPixels(x)));
    }

    /** Draws a random direction and returns its size. */
    private static double random(RandomKey randomness, float[] direction) {
        Norm.L2.sample(randomness.generator(), direction, 0, direction.length, 1);
        return Norm.L2.size(direction, 0, direction.length);
    }

    /**
     * Turns the perturbation of one example, sets its length, clips the pixels and rounds them.
     *
     * @param delta receives the perturbation before clipping
     */
    private void move(
            float[] clean,
            float[] x,
            float[] direction,
            double factor,
            double norm,
            int offset,
            float[] delta,
            float[] next) {
        // floats, so that the loops are vectorized
        float step = (float) factor;
        for (int i = 0; i < delta.length; i++) {
            delta[i] = x[offset + i] - clean[offset + i] + step * direction[i];
        }
        double size = Norm.L2.size(delta, 0, delta.length);
        float scale = size == 0 ? 0 : (float) (norm / size);
        for (int i = 0; i < delta.length; i++) {
            next[offset + i] = Math.max(0f, Math.min(1f, clean[offset + i] + scale * delta[i]));
        }
        if (levels > 0) {
            for (int i = offset; i < offset + delta.length; i++) {
                next[i] = (float) (Math.rint((double) next[i] * (levels - 1)) / (levels - 1));
            }
        }
    }
}

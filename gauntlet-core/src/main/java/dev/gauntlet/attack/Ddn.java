package dev.gauntlet.attack;

import dev.gauntlet.RandomKey;
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
 * Decoupled direction and norm: each step turns the perturbation along the gradient of the cross-entropy and then sets
 * its length, a little shorter than before if the point was a success and a little longer if not.
 *
 * <p>Rony, Hafemann, Oliveira, Ben Ayed, Sabourin and Granger, "Decoupling Direction and Norm for Efficient
 * Gradient-Based L2 Adversarial Attacks and Defenses", CVPR 2019,
 * <a href="https://arxiv.org/abs/1811.09600">arXiv:1811.09600</a>, algorithm 1.
 *
 * <p>L2, untargeted and targeted. The step along the gradient falls from 1 to 0.01 by cosine annealing. Where the
 * gradient is exactly 0, the step goes in a random direction. With two classes it converges to the nearest mistake of a
 * linear model; with more, to a point where the gradient of the cross-entropy is parallel to the perturbation, which is
 * nearest to the class it leads to only if no third class is likely there.
 *
 * <p>The paper rounds every point to the 256 grey levels of an 8-bit image; {@code levels=256} does so, for comparison
 * with published numbers. The default does not round, because distances are measured between any images in [0,1], and
 * rounding would only lengthen them.
 *
 * <p>Cost: as many forward and backward passes as steps, and two forward passes.
 *
 * <p>Example: {@code new Ddn(1000, 0.05, 1, 256).nearest(model, Problem.of(batch, Norm.L2))}.
 *
 * @param steps the number of steps, at least 1; the paper uses 100, 300 and 1000
 * @param gamma by which share the length changes at each step, above 0 and below 1
 * @param initialNorm the length at the beginning, above 0
 * @param levels how many values a pixel may have, 2 or more, evenly spaced from 0 to 1; 0 for any value
 */
public record Ddn(
        @Explained(value = "The number of steps", min = 1) int steps,

        @Explained(value = "The share by which the length changes at each step", above = 0, below = 1)
        double gamma,

        @Explained(value = "The length of the first perturbation", above = 0)
        double initialNorm,

        @Explained(value = "How many evenly spaced values a pixel may have, 2 or more; 0 for any value", min = 0)
        int levels)
        implements MinimalNormAttack<DifferentiableClassifier> {
    private static final Loss LOSS = new CrossEntropy();

    public Ddn {
        Require.atLeast(1, steps, "DDN", "step");
        Require.properShare(gamma, "The gamma of DDN");
        Require.above(0, initialNorm, "The initial norm of DDN, a length,");
        Require.that(
                levels == 0 || levels >= 2,
                "DDN rounds pixels to 2 or more levels, or to none with levels=0, got %d.".formatted(levels));
    }

    /**
     * Returns the method of the paper with 100 steps, but without rounding pixels to 256 levels.
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
    public AttackResult nearest(DifferentiableClassifier model, Problem problem) {
        requireFit(problem.norm(), problem.criterion());
        Findings findings = Findings.of(model, problem);
        int[] rows = findings.attacked();
        if (rows.length == 0) {
            return findings.result();
        }
        Problem attacked = problem.select(rows);
        Batch clean = attacked.clean();
        int length = clean.shape().size();
        double[] farthest = FarthestCorner.distances(Norm.L2, clean);
        double[] norms = new double[rows.length];
        Arrays.fill(norms, initialNorm);
        CosineAnnealing stepSize = new CosineAnnealing(1, 0.01, steps);
        float[] x = clean.pixels();
        for (int step = 0; step < steps; step++) {
            Gradient gradient = model.gradient(clean.withPixels(x), attacked.objective(LOSS, clean));
            float[] direction = new float[x.length];
            float[] next = new float[x.length];
            for (int row = 0; row < rows.length; row++) {
                boolean adversarial = attacked.isMet(gradient.logits(), row);
                if (adversarial) {
                    findings.keep(rows[row], x, row);
                }
                norms[row] = Math.min(farthest[row], norms[row] * (adversarial ? 1 - gamma : 1 + gamma));
                steepest(
                        gradient, row * length, length, attacked.randomness(row).with(step), direction);
                move(clean.pixels(), x, direction, stepSize.at(step), norms[row], row * length, length, next);
            }
            x = next;
        }
        findings.keep(rows, x, model.logits(clean.withPixels(x)));
        return findings.result();
    }

    /** Finds the direction of the gradient, any direction where it is 0. */
    private static void steepest(Gradient gradient, int offset, int length, RandomKey randomness, float[] direction) {
        Norm.L2.steepest(gradient.pixels(), offset, length, direction);
        if (Norm.L2.size(direction, offset, length) == 0) {
            Norm.L2.sample(randomness.generator(), direction, offset, length, 1);
            Norm.L2.steepest(direction, offset, length, direction);
        }
    }

    /** Turns the perturbation of one example, sets its length, clips the pixels and rounds them. */
    private void move(
            float[] clean,
            float[] x,
            float[] direction,
            double stepSize,
            double norm,
            int offset,
            int length,
            float[] next) {
        double[] delta = new double[length];
        double sum = 0;
        for (int i = 0; i < length; i++) {
            delta[i] = (double) x[offset + i] - clean[offset + i] + stepSize * direction[offset + i];
            sum += delta[i] * delta[i];
        }
        double scale = sum == 0 ? 0 : norm / Math.sqrt(sum);
        for (int i = 0; i < length; i++) {
            double pixel = Math.max(0, Math.min(1, clean[offset + i] + scale * delta[i]));
            next[offset + i] = (float) (levels == 0 ? pixel : Math.rint(pixel * (levels - 1)) / (levels - 1));
        }
    }
}

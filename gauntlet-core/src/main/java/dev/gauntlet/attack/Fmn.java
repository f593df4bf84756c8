package dev.gauntlet.attack;

import dev.gauntlet.attack.kit.Findings;
import dev.gauntlet.attack.kit.OptionMeaning;
import dev.gauntlet.attack.kit.Problem;
import dev.gauntlet.attack.kit.Require;
import dev.gauntlet.data.Batch;
import dev.gauntlet.loss.Loss;
import dev.gauntlet.loss.Margin;
import dev.gauntlet.model.DifferentiableClassifier;
import dev.gauntlet.model.Gradient;
import dev.gauntlet.threat.Norm;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * Fast minimum-norm attack: each step follows the gradient of the margin and is projected onto a ball whose radius
 * epsilon decreases after a success and increases after a failure.
 *
 * <p>Pintor, Roli, Brendel and Biggio, "Fast Minimum-norm Adversarial Attacks through Adaptive Norm Constraints",
 * NeurIPS 2021, <a href="https://arxiv.org/abs/2102.12827">arXiv:2102.12827</a>, algorithm 1.
 *
 * <p>L-infinity, L2, L1 and L0, untargeted and targeted. The step size and the relative change of epsilon decrease
 * by cosine annealing. Before the first success, epsilon is the distance of the boundary of a linear model:
 * {@code ||x - clean|| + |margin| / ||gradient||}, with the gradient in the dual norm. In L0, epsilon starts at one input
 * and changes by at least one.
 *
 * <p>Differences from the paper: this distance is increased, because the paper's stops short of the boundary of a linear
 * model; the projection onto ball and box is exact, while the paper clips to the box after projecting onto the ball. An
 * example with a gradient of 0 does not move.
 *
 * <p>Cost: one forward and backward pass per step, and two forward passes.
 *
 * <p>Example: {@code Fmn.defaults().nearest(model, Problem.of(batch, Norm.L1))}.
 *
 * @param steps the number of steps, at least 1; the paper uses up to 1000
 * @param initialAlpha the initial step size in L2, above 0
 * @param finalAlpha the final step size, above 0 and at most the initial one
 * @param initialGamma the initial relative change of epsilon, above 0 and below 1
 * @param finalGamma the final relative change of epsilon, above 0 and at most the initial one
 */
public record Fmn(
        @OptionMeaning(value = "The number of steps", min = 1)
        int steps,

        @OptionMeaning(value = "The initial step size in L2", above = 0)
        double initialAlpha,

        @OptionMeaning(value = "The final step size, at most the initial one", above = 0)
        double finalAlpha,

        @OptionMeaning(value = "The initial relative change of epsilon", above = 0, below = 1)
        double initialGamma,

        @OptionMeaning(value = "The final relative change of epsilon, at most the initial one", above = 0, below = 1)
        double finalGamma)
        implements MinimalNormAttack<DifferentiableClassifier> {
    private static final Loss LOSS = new Margin();

    public Fmn {
        Require.atLeast(1, steps, "FMN", "step");
        Require.that(
                finalAlpha > 0 && finalAlpha <= initialAlpha && Double.isFinite(initialAlpha),
                "The alpha of FMN must not increase and must stay above 0, got %s and then %s."
                        .formatted(initialAlpha, finalAlpha));
        Require.that(
                finalGamma > 0 && finalGamma <= initialGamma && initialGamma < 1,
                "The gamma of FMN must start below 1, must not increase and must stay above 0, got %s and then %s."
                        .formatted(initialGamma, finalGamma));
    }

    /**
     * Returns the configuration with 100 steps; the step size decreases from 1 to 0.01, the change of epsilon from 5 % to
     * 0.1 %.
     *
     * @return the attack
     */
    public static Fmn defaults() {
        return new Fmn(100, 1, 0.01, 0.05, 0.001);
    }

    @Override
    public String name() {
        return "fmn";
    }

    @Override
    public String title() {
        return "FMN";
    }

    @Override
    public String meaning() {
        return "fast minimum-norm attack";
    }

    @Override
    public Set<Norm> norms() {
        return EnumSet.allOf(Norm.class);
    }

    @Override
    public Passes passes(Norm norm, List<Double> epsilons, int classes) {
        return Passes.gradients(steps).plus(Passes.forwards(2));
    }

    @Override
    public void search(DifferentiableClassifier model, Problem problem, Findings findings) {
        int[] rows = findings.attacked();
        Norm norm = problem.norm();
        Problem attacked = problem.select(rows);
        Batch clean = attacked.clean();
        int length = clean.shape().size();
        double[] farthest = FarthestCorner.distances(norm, clean);
        double[] epsilons = new double[rows.length];
        Arrays.fill(epsilons, 1);
        CosineAnnealing alpha = new CosineAnnealing(initialAlpha, finalAlpha, steps);
        CosineAnnealing gamma = new CosineAnnealing(initialGamma, finalGamma, steps);
        float[] x = clean.pixels();
        for (int step = 0; step < steps; step++) {
            Gradient gradient = model.gradient(clean.withPixels(x), attacked.objective(LOSS, clean));
            float[] next = new float[x.length];
            for (int row = 0; row < rows.length; row++) {
                int offset = row * length;
                boolean adversarial = attacked.isMet(gradient.logits(), row);
                if (adversarial) {
                    findings.keep(rows[row], x, row);
                }
                double epsilon = epsilons[row];
                if (norm != Norm.L0 && !findings.isFound(rows[row])) {
                    double slope = norm.dual().size(gradient.pixels(), offset, length);
                    epsilon = slope == 0
                            ? farthest[row]
                            : norm.distance(clean.pixels(), x, offset, length)
                                    + Math.abs(gradient.losses()[row]) / slope;
                }
                epsilon = adversarial
                        ? Math.min(shrunk(norm, epsilon, gamma.at(step)), findings.distance(rows[row]))
                        : grown(norm, epsilon, gamma.at(step));
                epsilons[row] = Math.min(epsilon, farthest[row]);
                ascend(x, gradient.pixels(), alpha.at(step), offset, length, next);
                norm.project(clean.pixels(), next, offset, length, epsilons[row]);
            }
            x = next;
        }
        findings.keep(rows, x, model.logits(clean.withPixels(x)));
    }

    /** Decreases the radius, in L0 by at least one input. */
    private static double shrunk(Norm norm, double epsilon, double gamma) {
        double shrunk = epsilon * (1 - gamma);
        return norm == Norm.L0 ? Math.max(0, Math.min(epsilon - 1, Math.floor(shrunk))) : shrunk;
    }

    /** Increases the radius, in L0 by at least one input. */
    private static double grown(Norm norm, double epsilon, double gamma) {
        double grown = epsilon * (1 + gamma);
        return norm == Norm.L0 ? Math.max(epsilon + 1, Math.floor(grown)) : grown;
    }

    private static void ascend(float[] x, float[] gradient, double alpha, int offset, int length, float[] next) {
        Norm.L2.steepest(gradient, offset, length, next);
        for (int i = offset; i < offset + length; i++) {
            next[i] = (float) (x[i] + alpha * next[i]);
        }
    }
}

package dev.gauntlet.attack;

import dev.gauntlet.attack.kit.Ascent;
import dev.gauntlet.attack.kit.Findings;
import dev.gauntlet.attack.kit.OptionMeaning;
import dev.gauntlet.attack.kit.Problem;
import dev.gauntlet.attack.kit.Require;
import dev.gauntlet.attack.kit.StartingPoints;
import dev.gauntlet.loss.CrossEntropy;
import dev.gauntlet.loss.Loss;
import dev.gauntlet.model.DifferentiableClassifier;
import dev.gauntlet.threat.Norm;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * Projected gradient descent: steps of steepest ascent of the loss from a random point in the ball, each followed by a
 * projection onto the ball and the box [0,1].
 *
 * <p>Madry, Makelov, Schmidt, Tsipras and Vladu, "Towards Deep Learning Models Resistant to Adversarial Attacks", ICLR
 * 2018, <a href="https://arxiv.org/abs/1706.06083">arXiv:1706.06083</a>, section 2.1. In L1, where the steepest step
 * changes a single pixel, a step changes a share of the pixels by the same amount: those with the largest gradients that
 * are not yet at their limit: Tramèr and Boneh, "Adversarial Training and Robustness
 * for Multiple Perturbations", NeurIPS 2019, <a href="https://arxiv.org/abs/1904.13000">arXiv:1904.13000</a>, section 4.
 *
 * <p>L-infinity, L2 and L1, untargeted and targeted. The search for an example ends at the first success; restarts
 * continue with the other examples.
 *
 * <p>One step of 1.25 times epsilon is the FGSM with a random start of Wong, Rice and Kolter, "Fast is better than free:
 * Revisiting adversarial training", ICLR 2020, <a href="https://arxiv.org/abs/2001.03994">arXiv:2001.03994</a>.
 *
 * <p>Cost: per restart, one forward and backward pass per step and one forward pass; one forward pass in total.
 *
 * <p>Example: {@code new Pgd(100, 0.025, true, 5, 0.99, new Margin()).prepare(model, problem).within(0.3)}.
 *
 * @param steps the number of steps, at least 1
 * @param relativeStep the step size as a share of epsilon, above 0
 * @param randomStart whether a run starts at a point drawn uniformly from the ball, and not at the clean example
 * @param restarts the number of runs, at least 1; only 1 without a random start, because all would be the same
 * @param sparsity the share of the pixels that a step in L1 does not change, in [0,1); it changes at least one; the
 *     other norms do not use it
 * @param loss the loss to maximize
 */
public record Pgd(
        @OptionMeaning(value = "The number of steps", min = 1)
        int steps,

        @OptionMeaning(value = "The step size as a share of epsilon", above = 0)
        double relativeStep,

        @OptionMeaning("Whether a run starts at a random point in the ball, not at the clean example")
        boolean randomStart,

        @OptionMeaning(value = "The number of runs; more than 1 requires a random start", min = 1)
        int restarts,

        @OptionMeaning(
                value = "The share of the pixels that a step in L1 leaves unchanged; the other norms do not use it",
                min = 0,
                below = 1)
        double sparsity,

        @OptionMeaning("The loss to maximize") Loss loss)
        implements FixedBudgetAttack<DifferentiableClassifier> {
    public Pgd {
        Require.atLeast(1, steps, "PGD", "step");
        Require.above(0, relativeStep, "The relative step of PGD, a share of epsilon,");
        Require.atLeast(1, restarts, "PGD", "restart");
        Require.that(
                restarts == 1 || randomStart,
                "Without a random start, all %d restarts of PGD would be the same; use restarts=1 or random-start=true."
                        .formatted(restarts));
        Require.that(
                sparsity >= 0 && sparsity < 1,
                "The sparsity of PGD, the share of pixels that a step in L1 does not change, must be at least 0 and below 1, got %s."
                        .formatted(sparsity));
    }

    /**
     * Returns the configuration of the paper for MNIST: 40 steps of a thirtieth of epsilon (0.01 for 0.3); in L1 a step
     * changes one of a hundred pixels, as in Foolbox and CleverHans.
     *
     * @return the attack
     */
    public static Pgd defaults() {
        return new Pgd(40, 1 / 30.0, true, 1, 0.99, new CrossEntropy());
    }

    @Override
    public String name() {
        return "pgd";
    }

    @Override
    public String title() {
        return "PGD";
    }

    @Override
    public String meaning() {
        return "projected gradient descent";
    }

    /** A single step is a baseline, even with restarts. */
    @Override
    public boolean isBaseline() {
        return steps == 1;
    }

    @Override
    public Set<Norm> norms() {
        return EnumSet.of(Norm.LINF, Norm.L2, Norm.L1);
    }

    @Override
    public Passes passes(Norm norm, List<Double> epsilons, int classes) {
        return Passes.forwards(1)
                .plus(Passes.gradients(steps).plus(Passes.forwards(1)).times((long) restarts * epsilons.size()));
    }

    @Override
    public void search(DifferentiableClassifier model, Problem problem, double epsilon, Findings findings) {
        Ascent ascent = new Ascent(model, problem, loss, steps, direction(problem));
        for (int restart = 0; restart < restarts; restart++) {
            int[] rows = findings.open();
            float[] start = randomStart
                    ? StartingPoints.uniform(problem, rows, epsilon, restart)
                    : problem.clean().select(rows).pixels();
            ascent.climb(rows, start, relativeStep * epsilon, epsilon, findings);
        }
    }

    private Ascent.Direction direction(Problem problem) {
        if (problem.norm() != Norm.L1) {
            return Ascent.steepest(problem);
        }
        int length = problem.clean().shape().size();
        int pixels = Math.max(1, (int) Math.round((1 - sparsity) * length));
        return (row, x, gradient, offset, direction) ->
                SparseSteps.steepest(x, gradient, offset, length, pixels, direction);
    }
}

package dev.gauntlet.attack;

import dev.gauntlet.attack.kit.Require;
import dev.gauntlet.loss.CrossEntropy;
import dev.gauntlet.loss.Loss;
import dev.gauntlet.model.DifferentiableClassifier;
import dev.gauntlet.threat.Norm;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * Projected gradient descent: from a random point in the ball many steps of steepest ascent of the loss, each followed by
 * a projection onto the ball and the box [0,1].
 *
 * <p>Madry, Makelov, Schmidt, Tsipras and Vladu, "Towards Deep Learning Models Resistant to Adversarial Attacks", ICLR
 * 2018, <a href="https://arxiv.org/abs/1706.06083">arXiv:1706.06083</a>, section 2.1. In L1, where the steepest step
 * changes a single pixel, a step changes the share of the pixels with the largest gradients by the same amount, leaving out
 * those that cannot go on because they are black or white already: Tramèr and Boneh, "Adversarial Training and Robustness
 * for Multiple Perturbations", NeurIPS 2019, <a href="https://arxiv.org/abs/1904.13000">arXiv:1904.13000</a>, section 4.
 *
 * <p>L-infinity, L2 and L1, untargeted and targeted. An example that is fooled at any step is finished; restarts go on with
 * the others.
 *
 * <p>One step of 1.25 times epsilon is the FGSM with a random start of Wong, Rice and Kolter, "Fast is better than free:
 * Revisiting adversarial training", ICLR 2020, <a href="https://arxiv.org/abs/2001.03994">arXiv:2001.03994</a>.
 *
 * <p>Cost: per restart as many forward and backward passes as steps, and one forward pass; one forward pass in all.
 *
 * <p>Example: {@code new Pgd(100, 0.025, true, 5, 0.99, new Margin()).prepare(model, problem).within(0.3)}.
 *
 * @param steps the number of steps, at least 1
 * @param relativeStep the size of a step as a share of epsilon, above 0
 * @param randomStart whether a descent starts at a point drawn uniformly from the ball, and not at the clean example
 * @param restarts the number of descents, at least 1; without a random start all would be the same, so only 1
 * @param sparsity the share of the pixels that a step in L1 leaves as they are, in [0,1); it changes at least one, and in
 *     the other norms all
 * @param loss what is increased
 */
public record Pgd(
        @Explained(value = "The number of steps", min = 1) int steps,

        @Explained(value = "The size of a step as a share of epsilon", above = 0)
        double relativeStep,

        @Explained("Whether a descent starts at a random point of the ball, not at the clean example")
        boolean randomStart,

        @Explained(value = "The number of descents; more than 1 needs a random start", min = 1)
        int restarts,

        @Explained(
                value = "The share of the pixels that a step in L1 leaves unchanged; the other norms do not use it",
                min = 0,
                below = 1)
        double sparsity,

        @Explained("The loss that is increased") Loss loss)
        implements FixedBudgetAttack<DifferentiableClassifier> {
    public Pgd {
        Require.atLeast(1, steps, "PGD", "step");
        Require.above(0, relativeStep, "The relative step of PGD, a share of epsilon,");
        Require.atLeast(1, restarts, "PGD", "restart");
        Require.that(
                restarts == 1 || randomStart,
                "Without a random start all %d restarts of PGD would be the same; use restarts=1 or random-start=true."
                        .formatted(restarts));
        Require.that(
                sparsity >= 0 && sparsity < 1,
                "The sparsity of PGD, the share of pixels that a step in L1 leaves alone, must be at least 0 and below 1, got %s."
                        .formatted(sparsity));
    }

    /**
     * Returns the method as the paper uses it on MNIST: 40 steps of a thirtieth of epsilon (0.01 for 0.3); in L1 a step
     * changes one pixel of a hundred, as in Foolbox and CleverHans.
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

    /** A single step is no search, however often it is started. */
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
    public Search prepare(DifferentiableClassifier model, Problem problem) {
        requireFit(problem.norm(), problem.criterion());
        Ascent ascent = new Ascent(model, problem, loss, steps, direction(problem));
        Findings unharmed = Findings.of(model, problem);
        return epsilon -> {
            Findings findings = unharmed.copy();
            for (int restart = 0; restart < restarts; restart++) {
                int[] rows = findings.open();
                float[] start = randomStart
                        ? StartingPoints.uniform(problem, rows, epsilon, restart)
                        : problem.clean().select(rows).pixels();
                ascent.climb(rows, start, relativeStep * epsilon, epsilon, findings);
            }
            return findings.result();
        };
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

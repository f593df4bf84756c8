package dev.gauntlet.attack;

import dev.gauntlet.loss.CrossEntropy;
import dev.gauntlet.loss.Loss;
import dev.gauntlet.model.DifferentiableClassifier;
import dev.gauntlet.threat.Norm;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * Automatic projected gradient descent: steps with momentum whose size is halved, for each example by itself, when they no
 * longer help.
 *
 * <p>Croce and Hein, "Reliable Evaluation of Adversarial Robustness with an Ensemble of Diverse Parameter-free
 * Attacks", ICML 2020, <a href="https://arxiv.org/abs/2003.01690">arXiv:2003.01690</a>, section 3. In L1, where a step
 * changes a few pixels and how many follows from how many it took so far: the same, "Mind the box: l1-APGD for sparse
 * adversarial attacks on image classifiers", ICML 2021, <a href="https://arxiv.org/abs/2103.01208">arXiv:2103.01208</a>.
 *
 * <p>L-infinity, L2 and L1, untargeted and targeted. An example that is fooled at any step is finished; restarts go on with
 * the others. In L2 each step is projected onto ball and box at once, where the authors project onto one after the other.
 *
 * <p>Cost: per restart as many forward and backward passes as steps, and one more; in L1 with the shrinking ball three more;
 * one forward pass in all.
 *
 * <p>Example: {@code Apgd.defaults().prepare(model, Problem.of(batch, Norm.L2)).within(2)}.
 *
 * @param steps the number of steps, at least 1
 * @param restarts the number of climbs, at least 1, each from a random point of the ball's surface
 * @param rho the share of the steps up to a checkpoint that has to raise the loss, or the step size is halved; between 0
 *     and 1
 * @param shrinkingBall whether in L1 three of ten steps are in a ball of three times epsilon and three in one of twice
 *     epsilon; the other norms do not use it
 * @param loss what is increased; dlr needs at least 3 classes, 4 towards a target
 */
public record Apgd(
        @Explained(value = "The number of steps", min = 1) int steps,

        @Explained(value = "The number of climbs, each from a random point of the ball's surface", min = 1)
        int restarts,

        @Explained(
                value =
                        "The share of the steps up to a checkpoint that has to raise the loss, or the step size is halved",
                above = 0,
                below = 1)
        double rho,

        @Explained("Whether in L1 the first steps are in larger balls; the other norms do not use it")
        boolean shrinkingBall,

        @Explained("The loss that is increased; dlr needs at least 3 classes, 4 towards a target")
        Loss loss)
        implements FixedBudgetAttack<DifferentiableClassifier> {
    public Apgd {
        ApgdSearch.require("APGD", steps, restarts, rho);
    }

    /**
     * Returns the method as AutoAttack uses it in L-infinity and L2: 100 steps from one start, a rho of 0.75, the
     * cross-entropy.
     *
     * @return the attack
     */
    public static Apgd defaults() {
        return new Apgd(100, 1, 0.75, true, new CrossEntropy());
    }

    @Override
    public String name() {
        return "apgd";
    }

    @Override
    public String title() {
        return "APGD";
    }

    @Override
    public String meaning() {
        return "automatic projected gradient descent";
    }

    @Override
    public Set<Norm> norms() {
        return EnumSet.of(Norm.LINF, Norm.L2, Norm.L1);
    }

    @Override
    public Passes passes(Norm norm, List<Double> epsilons, int classes) {
        return Passes.forwards(1)
                .plus(new ApgdSearch(steps, rho, shrinkingBall).passes(norm).times((long) restarts * epsilons.size()));
    }

    @Override
    public Search prepare(DifferentiableClassifier model, Problem problem) {
        requireFit(problem.norm(), problem.criterion());
        ApgdSearch search = new ApgdSearch(steps, rho, shrinkingBall);
        Findings unharmed = Findings.of(model, problem);
        int[] labels = problem.clean().labels();
        return epsilon -> {
            Findings findings = unharmed.copy();
            for (int restart = 0; restart < restarts && epsilon > 0; restart++) {
                int number = restart;
                search.climb(
                        model,
                        problem,
                        findings.open(),
                        row -> problem.criterion().objective(loss, labels[row]),
                        row -> problem.randomness(row).with(number),
                        epsilon,
                        findings);
            }
            return findings.result();
        };
    }
}

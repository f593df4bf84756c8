package dev.gauntlet.attack;

import dev.gauntlet.attack.kit.Findings;
import dev.gauntlet.attack.kit.OptionMeaning;
import dev.gauntlet.attack.kit.Problem;
import dev.gauntlet.loss.CrossEntropy;
import dev.gauntlet.loss.Loss;
import dev.gauntlet.model.DifferentiableClassifier;
import dev.gauntlet.threat.Norm;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * Automatic projected gradient descent: steps with momentum; for each example, the step size is halved when progress stops.
 *
 * <p>Croce and Hein, "Reliable Evaluation of Adversarial Robustness with an Ensemble of Diverse Parameter-free
 * Attacks", ICML 2020, <a href="https://arxiv.org/abs/2003.01690">arXiv:2003.01690</a>, section 3. In L1, a step
 * changes only a few pixels; their number depends on the progress so far: the same authors, "Mind the box: l1-APGD for sparse
 * adversarial attacks on image classifiers", ICML 2021, <a href="https://arxiv.org/abs/2103.01208">arXiv:2103.01208</a>.
 *
 * <p>L-infinity, L2 and L1, untargeted and targeted. The search for an example ends at the first success; restarts continue
 * with the other examples. In L2, each step is projected onto the intersection of ball and box; the authors project onto one
 * after the other.
 *
 * <p>Cost: per restart, one forward and backward pass per step and one more (in L1 with the shrinking ball, three more); one
 * forward pass in total.
 *
 * <p>Example: {@code Apgd.defaults().prepare(model, Problem.of(batch, Norm.L2)).within(2)}.
 *
 * @param steps the number of steps, at least 1
 * @param restarts the number of runs, at least 1, each from a random point on the ball's surface
 * @param rho the step size is halved if at most this share of the steps before a checkpoint raise the loss; between 0
 *     and 1
 * @param shrinkingBall whether in L1 the first 30 % of the steps use a ball of three times epsilon and the next 30 % one of
 *     twice epsilon; the other norms do not use it
 * @param loss the loss to maximize; dlr requires at least 3 classes, or 4 with a target
 */
public record Apgd(
        @OptionMeaning(value = "The number of steps", min = 1)
        int steps,

        @OptionMeaning(value = "The number of runs, each from a random point on the ball's surface", min = 1)
        int restarts,

        @OptionMeaning(
                value = "The step size is halved if at most this share of the steps before a checkpoint raise the loss",
                above = 0,
                below = 1)
        double rho,

        @OptionMeaning("Whether in L1 the first steps use larger balls; the other norms do not use it")
        boolean shrinkingBall,

        @OptionMeaning("The loss to maximize; dlr requires at least 3 classes, or 4 with a target")
        Loss loss)
        implements FixedBudgetAttack<DifferentiableClassifier> {
    public Apgd {
        ApgdSearch.require("APGD", steps, restarts, rho);
    }

    /**
     * Returns the configuration of AutoAttack in L-infinity and L2: 100 steps, one run, a rho of 0.75, the
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
    public void search(DifferentiableClassifier model, Problem problem, double epsilon, Findings findings) {
        ApgdSearch search = new ApgdSearch(steps, rho, shrinkingBall);
        int[] labels = problem.clean().labels();
        List<ApgdSearch.Goal> goals = IntStream.range(0, restarts)
                .mapToObj(restart -> new ApgdSearch.Goal(
                        row -> problem.criterion().objective(loss, labels[row]),
                        row -> problem.randomness(row).with(restart)))
                .toList();
        search.climb(model, problem, epsilon, goals, findings);
    }
}

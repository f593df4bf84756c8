package dev.gauntlet.attack;

import dev.gauntlet.attack.kit.Findings;
import dev.gauntlet.attack.kit.OptionMeaning;
import dev.gauntlet.attack.kit.Problem;
import dev.gauntlet.attack.kit.Require;
import dev.gauntlet.loss.Dlr;
import dev.gauntlet.loss.LogitDifference;
import dev.gauntlet.loss.Loss;
import dev.gauntlet.model.DifferentiableClassifier;
import dev.gauntlet.model.Logits;
import dev.gauntlet.threat.Norm;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Automatic projected gradient descent towards several target classes in turn: {@link Apgd} with the targeted difference of
 * logits ratio for each of the most likely other classes.
 *
 * <p>Croce and Hein, "Reliable Evaluation of Adversarial Robustness with an Ensemble of Diverse Parameter-free
 * Attacks", ICML 2020, <a href="https://arxiv.org/abs/2003.01690">arXiv:2003.01690</a>, the APGD-T of AutoAttack. The
 * classes are ranked by the logits of the clean example. Any misclassification is a success and ends the search.
 *
 * <p>L-infinity, L2 and L1, untargeted only: the target classes only guide the search. The loss requires 4 classes; with fewer,
 * the difference of two logits replaces it, and the record of the run says so.
 *
 * <p>Cost: per target class and restart, that of {@link Apgd}; one forward pass in total.
 *
 * <p>Example: {@code ApgdTargeted.defaults().prepare(model, Problem.of(batch, Norm.LINF)).within(0.3)}.
 *
 * @param targetClasses the number of target classes, at least 1; all other classes if there are fewer
 * @param steps the number of steps, at least 1
 * @param restarts the number of runs per target class, at least 1
 * @param rho the step size is halved if at most this share of the steps before a checkpoint raise the loss; between 0
 *     and 1
 * @param shrinkingBall whether in L1 the first steps use larger balls, as in {@link Apgd}
 */
public record ApgdTargeted(
        @OptionMeaning(value = "The number of target classes; all other classes if there are fewer", min = 1)
        int targetClasses,

        @OptionMeaning(value = "The number of steps", min = 1)
        int steps,

        @OptionMeaning(value = "The number of runs per target class", min = 1)
        int restarts,

        @OptionMeaning(
                value = "The step size is halved if at most this share of the steps before a checkpoint raise the loss",
                above = 0,
                below = 1)
        double rho,

        @OptionMeaning("Whether in L1 the first steps use larger balls; the other norms do not use it")
        boolean shrinkingBall)
        implements FixedBudgetAttack<DifferentiableClassifier> {
    private static final int CLASSES_OF_LOSS = 4;

    public ApgdTargeted {
        Require.atLeast(1, targetClasses, "APGD-T", "target class");
        ApgdSearch.require("APGD-T", steps, restarts, rho);
    }

    /**
     * Returns the configuration of AutoAttack in L-infinity and L2: 9 target classes, 100 steps, one run, a rho of
     * 0.75.
     *
     * @return the attack
     */
    public static ApgdTargeted defaults() {
        return new ApgdTargeted(9, 100, 1, 0.75, true);
    }

    @Override
    public String name() {
        return "apgd-t";
    }

    @Override
    public String title() {
        return "APGD-T";
    }

    @Override
    public String meaning() {
        return "automatic PGD towards target classes";
    }

    @Override
    public Set<Norm> norms() {
        return EnumSet.of(Norm.LINF, Norm.L2, Norm.L1);
    }

    @Override
    public Passes passes(Norm norm, List<Double> epsilons, int classes) {
        return Passes.forwards(1)
                .plus(new ApgdSearch(steps, rho, shrinkingBall)
                        .passes(norm)
                        .times((long) Math.min(targetClasses, classes - 1) * restarts * epsilons.size()));
    }

    @Override
    public boolean isTargetable() {
        return false;
    }

    @Override
    public Optional<String> remark(int classes) {
        return classes < CLASSES_OF_LOSS
                ? Optional.of(
                        "The targeted DLR loss requires 4 classes, but there are only %d; apgd-t used the difference of two logits instead."
                                .formatted(classes))
                : Optional.empty();
    }

    @Override
    public void search(DifferentiableClassifier model, Problem problem, double epsilon, Findings findings) {
        ApgdSearch search = new ApgdSearch(steps, rho, shrinkingBall);
        Logits clean = findings.cleanLogits();
        int[] labels = problem.clean().labels();
        int[][] rivals = new int[problem.size()][];
        for (int row : findings.open()) {
            rivals[row] = LinearizedBoundaries.rivals(clean, row, labels[row]);
        }
        List<ApgdSearch.Goal> goals = new ArrayList<>();
        for (int rank = 0; rank < Math.min(targetClasses, clean.classes() - 1); rank++) {
            int target = rank;
            for (int restart = 0; restart < restarts; restart++) {
                int number = restart;
                goals.add(new ApgdSearch.Goal(
                        row -> loss(clean.classes(), rivals[row][target]),
                        row -> problem.randomness(row).with(target).with(number)));
            }
        }
        search.climb(model, problem, epsilon, goals, findings);
    }

    private static Loss loss(int classes, int target) {
        return classes < CLASSES_OF_LOSS ? new LogitDifference(target) : new Dlr().towards(target);
    }
}

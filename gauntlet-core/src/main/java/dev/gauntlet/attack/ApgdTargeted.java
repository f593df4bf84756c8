package dev.gauntlet.attack;

import dev.gauntlet.attack.kit.Require;
import dev.gauntlet.loss.Dlr;
import dev.gauntlet.loss.LogitDifference;
import dev.gauntlet.loss.Loss;
import dev.gauntlet.model.DifferentiableClassifier;
import dev.gauntlet.model.Logits;
import dev.gauntlet.threat.Norm;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Automatic projected gradient descent towards one class after the other: {@link Apgd} with the targeted difference of
 * logits ratio for each of the likeliest other classes.
 *
 * <p>Croce and Hein, "Reliable Evaluation of Adversarial Robustness with an Ensemble of Diverse Parameter-free
 * Attacks", ICML 2020, <a href="https://arxiv.org/abs/2003.01690">arXiv:2003.01690</a>, the APGD-T of AutoAttack. The
 * classes are ranked by the logits of the clean example. Any misclassification is a success and ends the search.
 *
 * <p>L-infinity, L2 and L1, untargeted only: the classes are means and not what is wanted. The loss needs 4 classes; for
 * fewer the difference of the two logits takes its place, which the record of a run says.
 *
 * <p>Cost: per class and restart that of {@link Apgd}, one forward pass in all.
 *
 * <p>Example: {@code ApgdTargeted.defaults().prepare(model, Problem.of(batch, Norm.LINF)).within(0.3)}.
 *
 * @param targetClasses the number of classes, at least 1; all others if there are fewer
 * @param steps the number of steps, at least 1
 * @param restarts the number of climbs towards each class, at least 1
 * @param rho the share of the steps up to a checkpoint that has to raise the loss, or the step size is halved; between 0
 *     and 1
 * @param shrinkingBall whether in L1 the first steps are in larger balls, as in {@link Apgd}
 */
public record ApgdTargeted(
        @Explained(value = "The number of target classes; all others if there are fewer", min = 1)
        int targetClasses,

        @Explained(value = "The number of steps", min = 1) int steps,

        @Explained(value = "The number of climbs towards each class", min = 1)
        int restarts,

        @Explained(
                value =
                        "The share of the steps up to a checkpoint that has to raise the loss, or the step size is halved",
                above = 0,
                below = 1)
        double rho,

        @Explained("Whether in L1 the first steps are in larger balls; the other norms do not use it")
        boolean shrinkingBall)
        implements FixedBudgetAttack<DifferentiableClassifier> {
    private static final int CLASSES_OF_LOSS = 4;

    public ApgdTargeted {
        Require.atLeast(1, targetClasses, "APGD-T", "target class");
        ApgdSearch.require("APGD-T", steps, restarts, rho);
    }

    /**
     * Returns the method as AutoAttack uses it in L-infinity and L2: 9 target classes, 100 steps from one start, a rho of
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
        return "automatic projected gradient descent on targets";
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
                        "With %d classes there is no targeted DLR loss, which needs 4; apgd-t used the difference of two logits instead."
                                .formatted(classes))
                : Optional.empty();
    }

    @Override
    public Search prepare(DifferentiableClassifier model, Problem problem) {
        requireFit(problem.norm(), problem.criterion());
        ApgdSearch search = new ApgdSearch(steps, rho, shrinkingBall);
        Logits cleanLogits = model.logits(problem.clean());
        Findings unharmed = Findings.of(cleanLogits, problem);
        int[] labels = problem.clean().labels();
        Loss[][] losses = new Loss[problem.size()][];
        for (int row : unharmed.attacked()) {
            losses[row] = Arrays.stream(LinearizedBoundaries.rivals(cleanLogits, row, labels[row]))
                    .mapToObj(target -> loss(cleanLogits.classes(), target))
                    .toArray(Loss[]::new);
        }
        int targets = Math.min(targetClasses, cleanLogits.classes() - 1);
        return epsilon -> {
            Findings findings = unharmed.copy();
            for (int rank = 0; rank < targets && epsilon > 0; rank++) {
                int target = rank;
                for (int restart = 0; restart < restarts; restart++) {
                    int number = restart;
                    search.climb(
                            model,
                            problem,
                            findings.open(),
                            row -> losses[row][target],
                            row -> problem.randomness(row).with(target).with(number),
                            epsilon,
                            findings);
                }
            }
            return findings.result();
        };
    }

    private static Loss loss(int classes, int target) {
        return classes < CLASSES_OF_LOSS ? new LogitDifference(target) : new Dlr().towards(target);
    }
}

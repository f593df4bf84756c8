package dev.gauntlet.attack;

import dev.gauntlet.attack.kit.Findings;
import dev.gauntlet.attack.kit.OptionMeaning;
import dev.gauntlet.attack.kit.Problem;
import dev.gauntlet.attack.kit.Require;
import dev.gauntlet.attack.kit.RowSelection;
import dev.gauntlet.loss.Loss;
import dev.gauntlet.model.DifferentiableClassifier;
import dev.gauntlet.model.Logits;
import dev.gauntlet.threat.Norm;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * The fast adaptive boundary attack on several boundaries in turn: {@link Fab} with the boundary to each of the most likely
 * other classes.
 *
 * <p>Croce and Hein, "Reliable Evaluation of Adversarial Robustness with an Ensemble of Diverse Parameter-free
 * Attacks", ICML 2020, <a href="https://arxiv.org/abs/2003.01690">arXiv:2003.01690</a>, the FAB-T of AutoAttack. The
 * classes are ranked by the logits of the clean example. Any misclassification is a success, and the nearest one of all
 * classes is the result. Restarts are as in {@link Fab}, for each class.
 *
 * <p>L-infinity, L2 and L1, untargeted only: the target classes only guide the search.
 *
 * <p>Cost: per target class and step of each restart, two forward passes and one backward pass; per step of the final search,
 * one forward pass; two forward passes in total.
 *
 * <p>Example: {@code FabTargeted.defaults().nearest(model, Problem.of(batch, Norm.LINF))}.
 *
 * @param targetClasses the number of target classes, at least 1; all other classes if there are fewer
 * @param steps the number of steps per run, at least 1
 * @param restarts the number of runs per target class, at least 1
 * @param alphaMax the largest weight of the projection of the clean example, from 0 to 1
 * @param eta the extrapolation beyond the boundary, as a factor of the way to it; at least 1
 * @param beta the factor of a perturbation in a step back, between 0 and 1
 * @param searchSteps the number of steps of the final search, at least 0
 */
public record FabTargeted(
        @OptionMeaning(value = "The number of target classes; all other classes if there are fewer", min = 1)
        int targetClasses,

        @OptionMeaning(value = "The number of steps per run", min = 1)
        int steps,

        @OptionMeaning(value = "The number of runs per target class", min = 1)
        int restarts,

        @OptionMeaning(value = "The largest weight of the projection of the clean example", min = 0, max = 1)
        double alphaMax,

        @OptionMeaning(value = "The extrapolation beyond the boundary, as a factor of the way to it", min = 1)
        double eta,

        @OptionMeaning(value = "The factor of a perturbation in a step back", above = 0, below = 1)
        double beta,

        @OptionMeaning(value = "The number of steps of the final search", min = 0)
        int searchSteps)
        implements MinimalNormAttack<DifferentiableClassifier> {
    public FabTargeted {
        Require.atLeast(1, targetClasses, "FAB-T", "target class");
        FabWalk.require("FAB-T", steps, restarts, alphaMax, eta, beta, searchSteps);
    }

    /**
     * Returns the configuration of AutoAttack: 9 target classes, 100 steps, one run, an alpha of at most 0.1, an eta
     * of 1.05, a beta of 0.9 and no final search.
     *
     * @return the attack
     */
    public static FabTargeted defaults() {
        return new FabTargeted(9, 100, 1, 0.1, 1.05, 0.9, 0);
    }

    @Override
    public String name() {
        return "fab-t";
    }

    @Override
    public String title() {
        return "FAB-T";
    }

    @Override
    public String meaning() {
        return "fast adaptive boundary attack towards target classes";
    }

    @Override
    public Set<Norm> norms() {
        return EnumSet.of(Norm.LINF, Norm.L2, Norm.L1);
    }

    @Override
    public Passes passes(Norm norm, List<Double> epsilons, int classes) {
        return Passes.forwards(2L + searchSteps)
                .plus(Passes.gradients(1)
                        .plus(Passes.forwards(1))
                        .times((long) Math.min(targetClasses, classes - 1) * steps * restarts));
    }

    @Override
    public boolean isTargetable() {
        return false;
    }

    @Override
    public void search(DifferentiableClassifier model, Problem problem, Findings findings) {
        Logits cleanLogits = findings.cleanLogits();
        int[] rows = findings.attacked();
        int[] labels = problem.clean().labels();
        int[][] rivals = Arrays.stream(rows)
                .mapToObj(row -> LinearizedBoundaries.rivals(cleanLogits, row, labels[row]))
                .toArray(int[][]::new);
        FabWalk walk = new FabWalk(steps, restarts, alphaMax, eta, beta, searchSteps);
        int targets = Math.min(targetClasses, cleanLogits.classes() - 1);
        int first = 0;
        while (first < targets) {
            // a restart begins near the nearest success so far, which must not depend on what is computed together
            int together = restarts > 1
                    ? 1
                    : SideBySide.count(
                            targets - first, rows.length, problem.clean().shape());
            int[] ranks =
                    RowSelection.repeat(IntStream.range(first, first + together).toArray(), rows.length);
            Loss[][] functions = IntStream.range(0, ranks.length)
                    .mapToObj(i -> LinearizedBoundaries.between(new int[] {rivals[i % rows.length][ranks[i]]}))
                    .toArray(Loss[][]::new);
            int[] walked = IntStream.range(0, ranks.length)
                    .map(i -> rows[i % rows.length])
                    .toArray();
            walk.walk(model, problem, walked, functions, ranks, findings);
            first += together;
        }
        walk.finalSearch(model, problem, cleanLogits, findings);
    }
}

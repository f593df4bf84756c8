package dev.gauntlet.attack;

import dev.gauntlet.attack.kit.Require;
import dev.gauntlet.loss.Loss;
import dev.gauntlet.model.DifferentiableClassifier;
import dev.gauntlet.model.Logits;
import dev.gauntlet.threat.Norm;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * The fast adaptive boundary attack on one boundary after the other: {@link Fab} with the boundary to each of the likeliest
 * other classes by itself.
 *
 * <p>Croce and Hein, "Reliable Evaluation of Adversarial Robustness with an Ensemble of Diverse Parameter-free
 * Attacks", ICML 2020, <a href="https://arxiv.org/abs/2003.01690">arXiv:2003.01690</a>, the FAB-T of AutoAttack. The
 * classes are ranked by the logits of the clean example. Any misclassification is a success, and the nearest one of all
 * classes is the result. Restarts are as in {@link Fab}, for each class.
 *
 * <p>L-infinity, L2 and L1, untargeted only: the classes are means and not what is wanted.
 *
 * <p>Cost: per class and step of each restart two forward passes and one backward pass; per step of the final search one
 * forward pass; two forward passes in all.
 *
 * <p>Example: {@code FabTargeted.defaults().nearest(model, Problem.of(batch, Norm.LINF))}.
 *
 * @param targetClasses the number of classes, at least 1; all others if there are fewer
 * @param steps the number of steps of a walk, at least 1
 * @param restarts the number of walks for each class, at least 1
 * @param alphaMax the largest weight of the projection of the clean example, from 0 to 1
 * @param eta how far each projection goes, as a factor of the way to the boundary; at least 1
 * @param beta how much of a perturbation is left after a step back, between 0 and 1
 * @param searchSteps the number of steps of the final search, at least 0
 */
public record FabTargeted(
        @Explained(value = "The number of target classes; all others if there are fewer", min = 1)
        int targetClasses,

        @Explained(value = "The number of steps of a walk", min = 1)
        int steps,

        @Explained(value = "The number of walks for each class", min = 1)
        int restarts,

        @Explained(value = "The largest weight of the projection of the clean example", min = 0, max = 1)
        double alphaMax,

        @Explained(value = "How far each projection goes, as a factor of the way to the boundary", min = 1)
        double eta,

        @Explained(value = "How much of a perturbation is left after a step back", above = 0, below = 1)
        double beta,

        @Explained(value = "The number of steps of the final search", min = 0)
        int searchSteps)
        implements MinimalNormAttack<DifferentiableClassifier> {
    public FabTargeted {
        Require.atLeast(1, targetClasses, "FAB-T", "target class");
        FabWalk.require("FAB-T", steps, restarts, alphaMax, eta, beta, searchSteps);
    }

    /**
     * Returns the method as AutoAttack uses it: 9 target classes, 100 steps, one restart, an alpha of at most 0.1, an eta
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
        return "fast adaptive boundary attack on targets";
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
    public AttackResult nearest(DifferentiableClassifier model, Problem problem) {
        requireFit(problem.norm(), problem.criterion());
        Logits cleanLogits = model.logits(problem.clean());
        Findings findings = Findings.of(cleanLogits, problem);
        int[] rows = findings.attacked();
        int[] labels = problem.clean().labels();
        int[][] rivals = Arrays.stream(rows)
                .mapToObj(row -> LinearizedBoundaries.rivals(cleanLogits, row, labels[row]))
                .toArray(int[][]::new);
        FabWalk walk = new FabWalk(steps, restarts, alphaMax, eta, beta, searchSteps);
        for (int rank = 0; rank < Math.min(targetClasses, cleanLogits.classes() - 1); rank++) {
            int target = rank;
            Loss[][] functions = Arrays.stream(rivals)
                    .map(ofRow -> LinearizedBoundaries.between(new int[] {ofRow[target]}))
                    .toArray(Loss[][]::new);
            walk.walk(model, problem, rows, functions, rank, findings);
        }
        walk.finalSearch(model, problem, cleanLogits, findings);
        return findings.result();
    }
}

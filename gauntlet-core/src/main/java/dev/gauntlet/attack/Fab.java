package dev.gauntlet.attack;

import dev.gauntlet.loss.Loss;
import dev.gauntlet.loss.Margin;
import dev.gauntlet.model.DifferentiableClassifier;
import dev.gauntlet.model.Logits;
import dev.gauntlet.threat.Norm;
import dev.gauntlet.threat.Targeted;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * The fast adaptive boundary attack: projects the point and the clean example onto the nearest decision boundary of the
 * linearised model within the box, goes to a mean of the two, and from every success some way back.
 *
 * <p>Croce and Hein, "Minimally distorted Adversarial Examples with a Fast Adaptive Boundary Attack", ICML 2020,
 * <a href="https://arxiv.org/abs/1907.02044">arXiv:1907.02044</a>, algorithm 1. The first walk starts at the clean
 * example, each further one at a point drawn uniformly from the ball half as large as the smallest perturbation found so
 * far; while there is none, from half of 0.3 in L-infinity, 1 in L2 and 5 in L1, the defaults of the authors' code.
 *
 * <p>L-infinity, L2 and L1, untargeted and targeted. Towards a target there is one boundary, that between the target and
 * the most likely other class, and until the first success the walk does not lean towards the clean example.
 *
 * <p>Cost: per step of each restart one forward and backward pass for each other class (towards a target, one in all), and
 * one forward pass; per step of the final search one forward pass; two forward passes in all.
 *
 * <p>Example: {@code Fab.defaults().nearest(model, Problem.of(batch, Norm.L2))}.
 *
 * @param steps the number of steps of a walk, at least 1
 * @param restarts the number of walks, at least 1
 * @param alphaMax the largest weight of the projection of the clean example, from 0 to 1
 * @param eta how far each projection goes, as a factor of the way to the boundary; at least 1
 * @param beta how much of a perturbation is left after a step back, between 0 and 1
 * @param searchSteps the number of steps of the final search, at least 0
 */
public record Fab(
        @Explained(value = "The number of steps of a walk", min = 1)
        int steps,

        @Explained(value = "The number of walks", min = 1) int restarts,

        @Explained(value = "The largest weight of the projection of the clean example", min = 0, max = 1)
        double alphaMax,

        @Explained(value = "How far each projection goes, as a factor of the way to the boundary", min = 1)
        double eta,

        @Explained(value = "How much of a perturbation is left after a step back", above = 0, below = 1)
        double beta,

        @Explained(value = "The number of steps of the final search", min = 0)
        int searchSteps)
        implements MinimalNormAttack<DifferentiableClassifier> {
    public Fab {
        FabWalk.require("FAB", steps, restarts, alphaMax, eta, beta, searchSteps);
    }

    /**
     * Returns the method as the paper describes it: 100 steps, one restart, an alpha of at most 0.1, an eta of 1.05, a
     * beta of 0.9 and 3 steps of the final search.
     *
     * @return the attack
     */
    public static Fab defaults() {
        return new Fab(100, 1, 0.1, 1.05, 0.9, 3);
    }

    @Override
    public String name() {
        return "fab";
    }

    @Override
    public String title() {
        return "FAB";
    }

    @Override
    public String meaning() {
        return "fast adaptive boundary attack";
    }

    @Override
    public Set<Norm> norms() {
        return EnumSet.of(Norm.LINF, Norm.L2, Norm.L1);
    }

    @Override
    public Passes passes(Norm norm, List<Double> epsilons, int classes) {
        return Passes.forwards(2L + searchSteps)
                .plus(Passes.gradients(classes - 1L).plus(Passes.forwards(1)).times((long) steps * restarts));
    }

    @Override
    public AttackResult nearest(DifferentiableClassifier model, Problem problem) {
        requireFit(problem.norm(), problem.criterion());
        Logits cleanLogits = model.logits(problem.clean());
        Findings findings = Findings.of(cleanLogits, problem);
        int[] rows = findings.attacked();
        Loss[][] functions = Arrays.stream(rows)
                .mapToObj(row -> functions(problem, cleanLogits, row))
                .toArray(Loss[][]::new);
        FabWalk walk = new FabWalk(steps, restarts, alphaMax, eta, beta, searchSteps);
        walk.walk(model, problem, rows, functions, 0, findings);
        walk.finalSearch(model, problem, cleanLogits, findings);
        return findings.result();
    }

    private static Loss[] functions(Problem problem, Logits cleanLogits, int row) {
        int label = problem.clean().labels()[row];
        if (problem.criterion() instanceof Targeted) {
            return new Loss[] {problem.criterion().objective(new Margin(), label)};
        }
        return LinearizedBoundaries.between(LinearizedBoundaries.rivals(cleanLogits, row, label));
    }
}

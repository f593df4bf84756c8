package dev.gauntlet.attack;

import dev.gauntlet.attack.kit.Findings;
import dev.gauntlet.attack.kit.OptionMeaning;
import dev.gauntlet.attack.kit.Problem;
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
 * The fast adaptive boundary attack: projects the current point and the clean example onto the nearest decision boundary of
 * the linearized model within the box, moves to a weighted mean of the two, and steps back after every success.
 *
 * <p>Croce and Hein, "Minimally distorted Adversarial Examples with a Fast Adaptive Boundary Attack", ICML 2020,
 * <a href="https://arxiv.org/abs/1907.02044">arXiv:1907.02044</a>, algorithm 1. The first run starts at the clean
 * example, each restart at a point drawn uniformly from a ball with half the radius of the smallest perturbation so far;
 * without a success, half of 0.3 in L-infinity, 1 in L2 and 5 in L1, the defaults of the authors' code.
 *
 * <p>L-infinity, L2 and L1, untargeted and targeted. For a target there is one boundary, between the target and the
 * most likely other class, and there is no bias towards the clean example before the first success.
 *
 * <p>Cost: per step of each restart, one forward and backward pass for each other class (one with a target) and one forward
 * pass; per step of the final search, one forward pass; two forward passes in total.
 *
 * <p>Example: {@code Fab.defaults().nearest(model, Problem.of(batch, Norm.L2))}.
 *
 * @param steps the number of steps per run, at least 1
 * @param restarts the number of runs, at least 1
 * @param alphaMax the largest weight of the projection of the clean example, from 0 to 1
 * @param eta the extrapolation beyond the boundary, as a factor of the way to it; at least 1
 * @param beta the factor of a perturbation in a step back, between 0 and 1
 * @param searchSteps the number of steps of the final search, at least 0
 */
public record Fab(
        @OptionMeaning(value = "The number of steps per run", min = 1)
        int steps,

        @OptionMeaning(value = "The number of runs", min = 1)
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
    public Fab {
        FabWalk.require("FAB", steps, restarts, alphaMax, eta, beta, searchSteps);
    }

    /**
     * Returns the configuration of the paper: 100 steps, one run, an alpha of at most 0.1, an eta of 1.05, a beta of 0.9
     * and 3 steps of the final search.
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
    public void search(DifferentiableClassifier model, Problem problem, Findings findings) {
        Logits cleanLogits = findings.cleanLogits();
        int[] rows = findings.attacked();
        Loss[][] functions = Arrays.stream(rows)
                .mapToObj(row -> functions(problem, cleanLogits, row))
                .toArray(Loss[][]::new);
        FabWalk walk = new FabWalk(steps, restarts, alphaMax, eta, beta, searchSteps);
        walk.walk(model, problem, rows, functions, new int[rows.length], findings);
        walk.finalSearch(model, problem, cleanLogits, findings);
    }

    private static Loss[] functions(Problem problem, Logits cleanLogits, int row) {
        int label = problem.clean().labels()[row];
        if (problem.criterion() instanceof Targeted) {
            return new Loss[] {problem.criterion().objective(new Margin(), label)};
        }
        return LinearizedBoundaries.between(LinearizedBoundaries.rivals(cleanLogits, row, label));
    }
}

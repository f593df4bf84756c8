package dev.gauntlet.attack;

import dev.gauntlet.attack.kit.Require;
import dev.gauntlet.model.Classifier;
import dev.gauntlet.threat.Norm;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * The Square attack: random search that changes one small window of the image at a time and keeps what raises the loss;
 * it asks for logits only, so that a masked gradient does not mislead it.
 *
 * <p>Andriushchenko, Croce, Flammarion and Hein, "Square Attack: a query-efficient black-box adversarial attack via random
 * search", ECCV 2020, <a href="https://arxiv.org/abs/1912.00049">arXiv:1912.00049</a>, algorithms 1 to 3. The form for L1
 * is that of AutoAttack.
 *
 * <p>L-infinity, L2 and L1, untargeted (margin) and targeted (cross-entropy with the target). Differences from the code
 * of AutoAttack: each example has windows and signs of its own, where theirs share them over the batch; a window may
 * touch the last row and column, which theirs never does; a window that does not fit an image that is small or not
 * square is cut to it; the start counts as a query; a tie of two classes is a success only if the model then names
 * another class.
 *
 * <p>Cost: per restart at most as many forward passes as queries, and one forward pass in all. An example that is fooled
 * is finished and asked about no more.
 *
 * <p>Example: {@code new Square(10000, 0.8, 1, true).prepare(model, Problem.of(batch, Norm.L2)).within(2)}.
 *
 * @param queries how often the model is asked about an example per restart, at least 1
 * @param p the share of the pixels that a window covers at first, above 0 and at most 1; it is halved nine times on the
 *     way
 * @param restarts the number of searches, at least 1; each goes on with the examples that still stand
 * @param rescaled whether the points at which p is halved are spread over the queries, as in the paper, or stay where they
 *     would be for 10000 queries, as in AutoAttack
 */
public record Square(
        @Explained(value = "The number of queries for an example in each restart", min = 1)
        int queries,

        @Explained(
                value = "The share of the pixels that a window covers at first; it is halved nine times",
                above = 0,
                max = 1)
        double p,

        @Explained(value = "The number of searches, each on the examples that are still robust", min = 1)
        int restarts,

        @Explained("Whether the points at which p is halved are spread over the queries, not fixed for 10000")
        boolean rescaled)
        implements FixedBudgetAttack<Classifier> {
    public Square {
        Require.atLeast(1, queries, "Square", "query");
        Require.positiveShare(p, "The p of Square, a share of the pixels,");
        Require.atLeast(1, restarts, "Square", "restart");
    }

    /**
     * Returns the method with 5000 queries from p = 0.8 on; AutoAttack uses the same but for the schedule, which it leaves
     * where it is for 10000 queries.
     *
     * @return the attack
     */
    public static Square defaults() {
        return new Square(5000, 0.8, 1, true);
    }

    @Override
    public String name() {
        return "square";
    }

    @Override
    public String title() {
        return "Square Attack";
    }

    @Override
    public String meaning() {
        return "random search";
    }

    @Override
    public Set<Norm> norms() {
        return EnumSet.of(Norm.LINF, Norm.L2, Norm.L1);
    }

    @Override
    public Passes passes(Norm norm, List<Double> epsilons, int classes) {
        return Passes.forwards(1 + (long) queries * restarts * epsilons.size());
    }

    @Override
    public Search prepare(Classifier model, Problem problem) {
        requireFit(problem.norm(), problem.criterion());
        Findings unharmed = Findings.of(model, problem);
        return epsilon -> {
            Findings findings = unharmed.copy();
            for (int restart = 0; restart < restarts && epsilon > 0; restart++) {
                SquareMoves moves =
                        SquareMoves.of(problem.norm(), problem.clean().shape(), epsilon);
                new SquareSearch(problem, findings, moves, restart).run(model, this);
            }
            return findings.result();
        };
    }

    /**
     * Returns the share of the pixels that a window covers.
     *
     * @param change how many changes were tried before, from 0 to the number of queries less 2
     */
    double share(int change) {
        long[] halvings = {10, 50, 200, 500, 1000, 2000, 4000, 6000, 8000};
        long time = rescaled ? change * 10_000L / queries : change;
        double share = p;
        for (long halving : halvings) {
            if (time > halving) {
                share /= 2;
            }
        }
        return share;
    }
}

package dev.gauntlet.attack;

import dev.gauntlet.attack.kit.Findings;
import dev.gauntlet.attack.kit.OptionMeaning;
import dev.gauntlet.attack.kit.Problem;
import dev.gauntlet.attack.kit.Require;
import dev.gauntlet.model.Classifier;
import dev.gauntlet.threat.Norm;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * The Square attack: random search that changes one window of the image at a time and keeps changes that raise the loss; it
 * uses only logits, so a masked gradient does not affect it.
 *
 * <p>Andriushchenko, Croce, Flammarion and Hein, "Square Attack: a query-efficient black-box adversarial attack via random
 * search", ECCV 2020, <a href="https://arxiv.org/abs/1912.00049">arXiv:1912.00049</a>, algorithms 1 to 3. The form for L1
 * is that of AutoAttack.
 *
 * <p>L-infinity, L2 and L1, untargeted (margin) and targeted (cross-entropy with the target). Differences from the code
 * of AutoAttack: each example has its own windows and signs, which AutoAttack shares over the batch; a window may include
 * the last row and column, which AutoAttack excludes; a window that does not fit into the image is clipped; the start
 * counts as a query; a tie of two classes is a success only if the model predicts another class.
 *
 * <p>Cost: per restart, at most one forward pass per query; one forward pass in total. The search for an example ends at
 * the first success.
 *
 * <p>Example: {@code new Square(10000, 0.8, 1, true).prepare(model, Problem.of(batch, Norm.L2)).within(2)}.
 *
 * @param queries the number of queries per example and restart, at least 1
 * @param p the initial share of the pixels in a window, above 0 and at most 1; it is halved nine times during the
 *     search
 * @param restarts the number of runs, at least 1; each continues with the examples that are still robust
 * @param rescaled whether the schedule of p is rescaled to the number of queries, as in the paper, and not fixed for
 *     10000 queries, as in AutoAttack
 */
public record Square(
        @OptionMeaning(value = "The number of queries per example and restart", min = 1)
        int queries,

        @OptionMeaning(
                value = "The initial share of the pixels in a window; it is halved nine times",
                above = 0,
                max = 1)
        double p,

        @OptionMeaning(value = "The number of runs, each on the examples that are still robust", min = 1)
        int restarts,

        @OptionMeaning("Whether the schedule of p is rescaled to the number of queries, not fixed for 10000")
        boolean rescaled)
        implements FixedBudgetAttack<Classifier> {
    public Square {
        Require.atLeast(1, queries, "Square", "query");
        Require.positiveShare(p, "The p of Square, a share of the pixels,");
        Require.atLeast(1, restarts, "Square", "restart");
    }

    /**
     * Returns the configuration of AutoAttack, 5000 queries with an initial p of 0.8, but with the schedule of p rescaled
     * to the number of queries.
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
    public void search(Classifier model, Problem problem, double epsilon, Findings findings) {
        for (int restart = 0; restart < restarts; restart++) {
            SquareMoves moves = SquareMoves.of(problem.norm(), problem.clean().shape(), epsilon);
            new SquareSearch(problem, findings, moves, restart).run(model, this);
        }
    }

    /**
     * Returns the share of the pixels in a window.
     *
     * @param change the number of earlier changes, from 0 to the number of queries minus 2
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

package dev.gauntlet.evaluate;

import dev.gauntlet.evaluate.shard.ShardResult;
import java.util.List;

/**
 * What became of the examples of a block.
 *
 * @param ids the number in the data set of each example
 * @param labels the true class of each example
 * @param distances as in the report
 * @param costs what each attack cost, in their order
 * @param budgets what was achieved with each budget, in their order
 */
record BlockResult(int[] ids, int[] labels, double[] distances, List<ShardResult.Cost> costs, List<Budget> budgets) {
    int size() {
        return ids.length;
    }

    /**
     * What was achieved with one budget.
     *
     * @param confidencesWhenWrong for each example how sure the model is of a wrong answer; 0 if it is right
     */
    record Budget(
            int[] predictions,
            int[] brokenBy,
            int correct,
            int wrong,
            double[] confidencesWhenWrong,
            double largestDistance,
            int lostByRounding) {}
}

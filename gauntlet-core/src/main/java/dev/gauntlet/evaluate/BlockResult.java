package dev.gauntlet.evaluate;

import dev.gauntlet.evaluate.shard.ShardResult;
import java.util.List;
import java.util.Optional;

/**
 * What became of the examples of a block.
 *
 * @param ids the number in the data set of each example
 * @param labels the true class of each example
 * @param distances as in the report
 * @param costs what each attack cost, in their order; the certifier comes last if there are proofs
 * @param budgets what was achieved with each budget, in their order
 * @param proofs what was proved, if certificates count
 */
record BlockResult(
        int[] ids,
        int[] labels,
        double[] distances,
        List<ShardResult.Cost> costs,
        List<Budget> budgets,
        Optional<Proofs> proofs) {
    /**
     * What was proved of each example.
     *
     * @param certified the number of budgets above 0, counted from the smallest, with which it is certified
     * @param inFloat32 the number of these with which it is also certified for 32-bit arithmetic
     * @param radius the largest epsilon with which it is known to be certified for 32-bit arithmetic
     * @param domains the number of parts into which its balls were divided
     */
    record Proofs(int[] certified, int[] inFloat32, double[] radius, long[] domains) {}

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

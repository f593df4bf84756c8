package dev.gauntlet.evaluate;

import java.util.function.IntFunction;

/** What became of a shard. */
sealed interface ShardOutcome {
    /**
     * All attacks were run, now or in an earlier run.
     *
     * @param shard the result
     */
    record Finished(Shard shard) implements ShardOutcome {}

    /**
     * The time was up before.
     *
     * @param knowsClean whether it is known what the model says of the clean images
     * @param attacks how many attacks of the plan were finished, with all budgets
     * @param after gives the result after so many attacks, at most those that were finished; after none, that of the clean
     *     images alone
     */
    record Unfinished(boolean knowsClean, int attacks, IntFunction<Shard> after) implements ShardOutcome {}
}

package dev.gauntlet.evaluate;

import dev.gauntlet.evaluate.shard.AdversarialExample;
import dev.gauntlet.evaluate.shard.ShardId;
import java.util.List;

/**
 * Takes the successes of the attacks while an evaluation runs, task by task, as they are too large to be kept in memory.
 *
 * <p>An evaluation that ends early may hand out successes that its report does not count: on examples that it leaves out,
 * or of attacks that were not run on all.
 */
public interface SuccessSink {
    /**
     * Tells whether it has the successes of a task from an interrupted evaluation.
     *
     * @param task the place of the task
     * @return whether the task need not be computed for its sake
     */
    boolean has(ShardId task);

    /**
     * Takes the successes of a task, for good. It is called by one thread at a time.
     *
     * @param task the place of the task
     * @param successes those of all budgets, by budget and number of the example
     */
    void keep(ShardId task, List<AdversarialExample> successes);
}

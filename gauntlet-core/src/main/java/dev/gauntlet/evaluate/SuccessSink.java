package dev.gauntlet.evaluate;

import java.util.List;

/**
 * Takes the successes of the attacks while an evaluation runs, shard by shard, as they are too large to be kept in
 * memory. It is called by several threads at once.
 */
public interface SuccessSink {
    /**
     * Tells whether it has the successes of a shard already, of an evaluation that was interrupted.
     *
     * @param shard the number of the shard
     * @return whether the shard need not be evaluated for its sake
     */
    boolean has(int shard);

    /**
     * Takes the successes of a shard, for good.
     *
     * @param shard the number of the shard
     * @param successes those of all budgets, by budget and number of the example
     */
    void keep(int shard, List<AdversarialExample> successes);
}

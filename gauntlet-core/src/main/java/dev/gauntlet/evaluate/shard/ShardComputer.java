package dev.gauntlet.evaluate.shard;

/** Computes tasks of one evaluation; may be called by several threads at once. */
@FunctionalInterface
public interface ShardComputer {
    /**
     * Computes a task.
     *
     * @param task the task
     * @return its result
     * @throws RuntimeException if the model, an attack or the data is faulty, which ends the evaluation
     */
    ShardResult compute(ShardTask task);
}

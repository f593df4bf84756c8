package dev.gauntlet.evaluate.shard;

/** Computes tasks of one evaluation; may be asked by several threads at once. */
@FunctionalInterface
public interface ShardComputer {
    /**
     * Computes a task.
     *
     * @param task the task
     * @return its result
     * @throws RuntimeException if the evaluation cannot go on: the model, an attack or the data is faulty
     */
    ShardResult compute(ShardTask task);
}

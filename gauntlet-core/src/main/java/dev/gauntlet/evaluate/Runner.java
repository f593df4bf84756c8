package dev.gauntlet.evaluate;

import dev.gauntlet.evaluate.shard.ShardResult;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Where the tasks of an evaluation are computed.
 *
 * <p>Tasks and results are plain data, so that they can be computed in other processes; where, in which order and how often
 * never changes a digit.
 */
public interface Runner {
    /**
     * Computes the tasks of a stage. A task that the time limit ends has the result {@link ShardResult.TimeIsUp}.
     *
     * @param stage the tasks, and what is needed to compute them
     * @param sink given the result of each task once, in no particular order, by one thread at a time
     */
    void run(StageTasks stage, Consumer<ShardResult> sink);

    /**
     * Returns how many tasks are computed at the same time.
     *
     * @return the number of workers
     */
    int workers();

    /**
     * Describes the machines that compute, for the record of the run.
     *
     * @return the description in a few words; absent if everything is computed in this process
     */
    default Optional<String> cluster() {
        return Optional.empty();
    }
}

package dev.gauntlet.evaluate;

import dev.gauntlet.evaluate.shard.ShardComputer;
import dev.gauntlet.evaluate.shard.ShardOpening;
import dev.gauntlet.evaluate.shard.ShardResult;
import dev.gauntlet.evaluate.shard.ShardTask;
import java.util.List;
import java.util.function.Consumer;

/**
 * Where the tasks of an evaluation are computed.
 *
 * <p>Tasks and results are plain data, so that they can be computed in other processes; where, in which order and how often
 * never changes a digit.
 */
public interface Runner {
    /**
     * Computes tasks.
     *
     * @param opening what another process needs to open the evaluation, the same for all of its tasks
     * @param tasks the tasks
     * @param computer computes them in this process; may be called by several threads
     * @param sink given the result of each task once, in no particular order, by one thread at a time
     */
    void run(ShardOpening opening, List<ShardTask> tasks, ShardComputer computer, Consumer<ShardResult> sink);

    /**
     * Returns how many tasks are computed at the same time.
     *
     * @return the number of workers
     */
    int workers();
}

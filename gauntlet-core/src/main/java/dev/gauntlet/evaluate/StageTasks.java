package dev.gauntlet.evaluate;

import dev.gauntlet.evaluate.shard.CleanExamples;
import dev.gauntlet.evaluate.shard.ShardComputer;
import dev.gauntlet.evaluate.shard.ShardOpening;
import dev.gauntlet.evaluate.shard.ShardTask;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Tasks of one stage, with what is needed to compute them in this process or in another one.
 *
 * @param opening what another process needs to open the evaluation, the same for all of its tasks
 * @param tasks the tasks, all for the same stage
 * @param examples the examples whose numbers the tasks name
 * @param here computes the tasks in this process, and ends them at the time limit; may be called by several threads
 * @param timeLeft how long the tasks may take from now on, for processes that cannot see the clock of this one; absent without
 *     a limit
 */
public record StageTasks(
        ShardOpening opening,
        List<ShardTask> tasks,
        CleanExamples examples,
        ShardComputer here,
        Supplier<Optional<Duration>> timeLeft) {
    public StageTasks {
        tasks = List.copyOf(tasks);
    }

    /**
     * Returns the same stage with other tasks, such as the same ones in another order.
     *
     * @param others the tasks
     * @return the stage
     */
    public StageTasks withTasks(List<ShardTask> others) {
        return new StageTasks(opening, others, examples, here, timeLeft);
    }

    /**
     * Returns the same stage, computed otherwise in this process.
     *
     * @param computer computes the tasks
     * @return the stage
     */
    public StageTasks computedBy(ShardComputer computer) {
        return new StageTasks(opening, tasks, examples, computer, timeLeft);
    }
}

package dev.gauntlet.spark;

import dev.gauntlet.data.Batch;
import dev.gauntlet.evaluate.shard.ShardTask;
import dev.gauntlet.evaluate.shard.ShardWatch;
import java.util.function.Supplier;
import org.apache.spark.TaskContext;
import org.apache.spark.TaskKilledException;

/** Ends a task between two passes of the model, or two proofs, when Spark has killed it, as at the time limit. */
final class EndsWhenKilled implements ShardWatch {
    private final TaskContext context;

    EndsWhenKilled(TaskContext context) {
        this.context = context;
    }

    @Override
    public OfTask begin(ShardTask task) {
        return new OfTask() {
            @Override
            public <T> T pass(Batch batch, boolean gradient, Supplier<T> pass) {
                check();
                return pass.get();
            }

            @Override
            public void check() {
                if (context.isInterrupted()) {
                    throw new TaskKilledException("no longer needed");
                }
            }
        };
    }
}

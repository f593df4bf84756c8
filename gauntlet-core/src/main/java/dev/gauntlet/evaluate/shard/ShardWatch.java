package dev.gauntlet.evaluate.shard;

import dev.gauntlet.data.Batch;
import java.util.function.Supplier;

/** Watches the tasks that are computed in this process; may be called by several threads at once. */
@FunctionalInterface
public interface ShardWatch {
    /**
     * Begins to watch a task.
     *
     * @param task the task
     * @return receives everything that is done for the task
     */
    OfTask begin(ShardTask task);

    /** Watches one task. */
    interface OfTask extends PassWatch {
        /** Watches nothing. */
        OfTask NONE = new OfTask() {
            @Override
            public <T> T pass(Batch batch, boolean gradient, Supplier<T> pass) {
                return pass.get();
            }
        };

        /**
         * Notes that a search of an attack begins.
         *
         * @param number its position among the searches of the task
         */
        default void search(int number) {}

        /**
         * Notes that a search turns to a budget.
         *
         * @param epsilon the budget
         */
        default void budget(double epsilon) {}

        /**
         * Notes that some work without a pass is done.
         *
         * @throws TimeUp if the time of the evaluation is up
         */
        default void check() {}

        /** Notes that nothing more is done for the task. */
        default void end() {}
    }
}

package dev.gauntlet.evaluate;

import dev.gauntlet.evaluate.shard.ShardResult;
import dev.gauntlet.evaluate.shard.ShardTask;
import java.util.Optional;
import java.util.function.IntConsumer;

/**
 * Keeps results while an evaluation runs.
 *
 * @param journal keeps the numbers, if there is a journal
 * @param sink keeps the images of the successes, if they are wanted
 * @param takenOver receives the number of examples that earlier runs finished
 */
record KeptResults(Optional<Journal> journal, Optional<SuccessSink> sink, IntConsumer takenOver) {
    /** Reports how many examples earlier runs finished. */
    void takeOver(int examples) {
        if (examples > 0) {
            takenOver.accept(examples);
        }
    }

    /** Tells whether an earlier run has the result of a task. */
    boolean has(ShardTask task) {
        return journal.filter(entries -> entries.has(task.id())).isPresent()
                && (!(task.work() instanceof ShardTask.RunAttack || task.work() instanceof ShardTask.Certify)
                        || sink.stream().allMatch(images -> images.has(task.id())));
    }

    /** Returns the result of an earlier run; empty if the task is to be computed. */
    Optional<ShardResult> read(ShardTask task) {
        return has(task) ? journal.map(entries -> entries.read(task)) : Optional.empty();
    }

    void write(ShardTask task, ShardResult result) {
        result.attacked().ifPresent(attacked -> sink.ifPresent(images -> images.keep(task.id(), attacked.images())));
        journal.ifPresent(entries -> entries.write(task, result));
    }
}

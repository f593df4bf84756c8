package dev.gauntlet.evaluate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gauntlet.evaluate.shard.ShardComputer;
import dev.gauntlet.evaluate.shard.ShardResult;
import dev.gauntlet.evaluate.shard.ShardTask;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.function.Consumer;

/** Computes tasks on threads, but takes every task and every result through bytes, as between two machines. */
record WireRunner(int workers) implements Runner {
    @Override
    public void run(List<ShardTask> tasks, ShardComputer computer, Consumer<ShardResult> sink) {
        new LocalRunner(workers).run(tasks, task -> sent(computer.compute(sent(task))), sink);
    }

    private static ShardTask sent(ShardTask task) {
        try {
            byte[] bytes = task.bytes();
            ShardTask received = ShardTask.of(bytes);
            assertThat(received.bytes()).isEqualTo(bytes);
            return received;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static ShardResult sent(ShardResult result) {
        try {
            byte[] bytes = result.bytes();
            ShardResult received = ShardResult.of(bytes);
            assertThat(received.bytes()).isEqualTo(bytes);
            return received;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

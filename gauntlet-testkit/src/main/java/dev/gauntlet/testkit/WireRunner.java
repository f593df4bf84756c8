package dev.gauntlet.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gauntlet.evaluate.LocalRunner;
import dev.gauntlet.evaluate.Runner;
import dev.gauntlet.evaluate.shard.ShardComputer;
import dev.gauntlet.evaluate.shard.ShardResult;
import dev.gauntlet.evaluate.shard.ShardTask;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.function.Consumer;

/**
 * Computes tasks on threads of this process, but sends every task and every result through bytes, as between two machines.
 *
 * <p>Example: {@code Evaluator.on(new WireRunner(2)).evaluate(model, data, plan)}.
 *
 * @param workers the number of threads, at least 1
 */
public record WireRunner(int workers) implements Runner {
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

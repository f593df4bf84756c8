package dev.gauntlet.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gauntlet.evaluate.LocalRunner;
import dev.gauntlet.evaluate.Runner;
import dev.gauntlet.evaluate.StageTasks;
import dev.gauntlet.evaluate.shard.ShardComputer;
import dev.gauntlet.evaluate.shard.ShardOpening;
import dev.gauntlet.evaluate.shard.ShardResult;
import dev.gauntlet.evaluate.shard.ShardTask;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Computes tasks on threads of this process, but sends the opening, every task and every result through bytes, as between two
 * machines.
 *
 * <p>Example: {@code Evaluator.on(new WireRunner(2)).evaluate(model, data, plan)}.
 *
 * @param workers the number of threads, at least 1
 * @param worker opens the evaluation from what another machine would receive, once for each stage; absent to compute with the
 *     model and the data that the evaluator has open
 */
public record WireRunner(int workers, Optional<Function<ShardOpening, ShardComputer>> worker) implements Runner {
    /**
     * Creates a runner that computes with the model and the data that the evaluator has open.
     *
     * @param workers the number of threads, at least 1
     */
    public WireRunner(int workers) {
        this(workers, Optional.empty());
    }

    @Override
    public void run(StageTasks stage, Consumer<ShardResult> sink) {
        ShardOpening received = sent(stage.opening(), stage.opening().bytes(), ShardOpening::of);
        ShardComputer open = worker.map(opens -> opens.apply(received)).orElse(stage.here());
        new LocalRunner(workers)
                .run(
                        stage.computedBy(task -> {
                            ShardResult result = open.compute(sent(task, task.bytes(), ShardTask::of));
                            return sent(result, result.bytes(), ShardResult::of);
                        }),
                        sink);
    }

    /** Reads a message. */
    @FunctionalInterface
    private interface Reading<T> {
        T read(byte[] bytes) throws IOException;
    }

    private static <T> T sent(T message, byte[] bytes, Reading<T> reading) {
        try {
            T received = reading.read(bytes);
            assertThat(received).usingRecursiveComparison().isEqualTo(message);
            return received;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

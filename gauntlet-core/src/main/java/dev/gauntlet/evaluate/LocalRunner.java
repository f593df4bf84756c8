package dev.gauntlet.evaluate;

import dev.gauntlet.GauntletException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import java.util.function.IntFunction;

/**
 * Computes shards on threads of this process; the number of threads never changes a result.
 *
 * @param workers the number of threads, at least 1
 */
public record LocalRunner(int workers) implements Runner {
    public LocalRunner {
        if (workers < 1) {
            throw new GauntletException("The number of workers must be at least 1, got " + workers + ".");
        }
    }

    /**
     * Returns a runner with one worker per processor.
     *
     * @return the runner
     */
    public static LocalRunner onAllProcessors() {
        return new LocalRunner(Runtime.getRuntime().availableProcessors());
    }

    @Override
    public <R> List<R> run(int shards, IntFunction<R> work, Consumer<? super R> finished) {
        ExecutorService threads = Executors.newFixedThreadPool(Math.max(1, Math.min(workers, shards)), task -> {
            Thread thread = new Thread(task, "gauntlet-worker");
            thread.setDaemon(true);
            return thread;
        });
        try {
            ExecutorCompletionService<R> completion = new ExecutorCompletionService<>(threads);
            List<Future<R>> futures = new ArrayList<>();
            for (int shard = 0; shard < shards; shard++) {
                int number = shard;
                futures.add(completion.submit(() -> work.apply(number)));
            }
            for (int done = 0; done < shards; done++) {
                finished.accept(completion.take().get());
            }
            List<R> results = new ArrayList<>();
            for (Future<R> future : futures) {
                results.add(future.get());
            }
            return results;
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            if (e.getCause() instanceof Error cause) {
                throw cause;
            }
            throw new IllegalStateException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new GauntletException("The evaluation was interrupted; run it again.", e);
        } finally {
            threads.shutdownNow();
        }
    }
}

package dev.gauntlet.evaluate;

import dev.gauntlet.GauntletException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
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

    /**
     * Computes all shards; when some fail, throws what the one with the lowest number threw, as a single worker would.
     *
     * <p>No work is going on when this method ends, however it ends, so that the model may be closed.
     */
    @Override
    public <R> List<R> run(int shards, IntFunction<R> work, Consumer<? super R> finished) {
        ExecutorService threads = Executors.newFixedThreadPool(Math.max(1, Math.min(workers, shards)), task -> {
            Thread thread = new Thread(task, "gauntlet-worker");
            thread.setDaemon(true);
            return thread;
        });
        // shards below the lowest that failed still run, so that it is the same one for any number of workers
        AtomicInteger end = new AtomicInteger(shards);
        try {
            ExecutorCompletionService<Optional<R>> completion = new ExecutorCompletionService<>(threads);
            List<Future<Optional<R>>> futures = new ArrayList<>();
            for (int shard = 0; shard < shards; shard++) {
                int number = shard;
                futures.add(completion.submit(() -> compute(number, work, end)));
            }
            for (int done = 0; done < shards; done++) {
                Future<Optional<R>> future = completion.take();
                if (end.get() == shards) {
                    finished.accept(future.get().orElseThrow());
                }
            }
            List<R> results = new ArrayList<>();
            for (Future<Optional<R>> future : futures) {
                results.add(future.get().orElseThrow());
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
            end.set(0);
            threads.shutdown();
            awaitEnd(threads);
        }
    }

    private static <R> Optional<R> compute(int shard, IntFunction<R> work, AtomicInteger end) {
        if (shard >= end.get()) {
            return Optional.empty();
        }
        try {
            return Optional.of(work.apply(shard));
        } catch (RuntimeException | Error e) {
            end.accumulateAndGet(shard, Math::min);
            throw e;
        }
    }

    private static void awaitEnd(ExecutorService threads) {
        boolean interrupted = false;
        while (!threads.isTerminated()) {
            try {
                threads.awaitTermination(1, TimeUnit.MINUTES);
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}

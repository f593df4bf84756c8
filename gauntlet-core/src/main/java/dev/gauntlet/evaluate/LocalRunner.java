package dev.gauntlet.evaluate;

import dev.gauntlet.GauntletException;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
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
    public <R, K> List<K> run(int shards, IntFunction<R> work, Function<? super R, ? extends K> finished) {
        ExecutorService threads = Executors.newFixedThreadPool(Math.max(1, Math.min(workers, shards)), task -> {
            Thread thread = new Thread(task, "gauntlet-worker");
            thread.setDaemon(true);
            return thread;
        });
        // shards below the lowest that failed still run, so that it is the same one for any number of workers
        AtomicInteger end = new AtomicInteger(shards);
        try {
            ExecutorCompletionService<Done<R>> completion = new ExecutorCompletionService<>(threads);
            for (int shard = 0; shard < shards; shard++) {
                int number = shard;
                completion.submit(() -> compute(number, work, end));
            }
            SortedMap<Integer, K> kept = new TreeMap<>();
            SortedMap<Integer, Throwable> failures = new TreeMap<>();
            for (int taken = 0; taken < shards; taken++) {
                Done<R> done = completion.take().get();
                done.failure().ifPresent(failure -> failures.put(done.number(), failure));
                if (failures.isEmpty() && done.result().isPresent()) {
                    kept.put(done.number(), finished.apply(done.result().get()));
                }
            }
            if (!failures.isEmpty()) {
                throw failures.get(failures.firstKey());
            }
            return List.copyOf(kept.values());
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new GauntletException("The evaluation was interrupted; run it again.", e);
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        } finally {
            end.set(0);
            threads.shutdown();
            awaitEnd(threads);
        }
    }

    /** A shard that was computed, failed, or was left out because one before it failed. */
    private record Done<R>(int number, Optional<R> result, Optional<Throwable> failure) {}

    private static <R> Done<R> compute(int shard, IntFunction<R> work, AtomicInteger end) {
        if (shard >= end.get()) {
            return new Done<>(shard, Optional.empty(), Optional.empty());
        }
        try {
            return new Done<>(shard, Optional.of(work.apply(shard)), Optional.empty());
        } catch (RuntimeException | Error e) {
            end.accumulateAndGet(shard, Math::min);
            return new Done<>(shard, Optional.empty(), Optional.of(e));
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

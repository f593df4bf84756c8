package dev.gauntlet.evaluate;

import dev.gauntlet.GauntletException;
import dev.gauntlet.evaluate.shard.ShardComputer;
import dev.gauntlet.evaluate.shard.ShardResult;
import dev.gauntlet.evaluate.shard.ShardTask;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/**
 * Computes tasks on threads of this process; the number of threads never changes a result.
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
     * Computes all tasks; when some fail, throws what the first of them threw, as a single worker would.
     *
     * <p>No task is running when this method ends, even with an error, so the model may be closed.
     */
    @Override
    public void run(StageTasks stage, Consumer<ShardResult> sink) {
        List<ShardTask> tasks = stage.tasks();
        ExecutorService threads = Executors.newFixedThreadPool(Math.max(1, Math.min(workers, tasks.size())), task -> {
            Thread thread = new Thread(task, "gauntlet-worker");
            thread.setDaemon(true);
            return thread;
        });
        // tasks before the first that failed still run, so that it is the same one for any number of workers
        AtomicInteger end = new AtomicInteger(tasks.size());
        try {
            ExecutorCompletionService<Done> completion = new ExecutorCompletionService<>(threads);
            for (int i = 0; i < tasks.size(); i++) {
                int number = i;
                completion.submit(() -> compute(number, tasks, stage.here(), end));
            }
            SortedMap<Integer, Throwable> failures = new TreeMap<>();
            for (int taken = 0; taken < tasks.size(); taken++) {
                Done done = completion.take().get();
                done.failure().ifPresent(failure -> failures.put(done.number(), failure));
                if (failures.isEmpty()) {
                    done.result().ifPresent(sink);
                }
            }
            if (!failures.isEmpty()) {
                throw failures.get(failures.firstKey());
            }
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

    /** A task that was computed, failed, or was left out because one before it failed. */
    private record Done(int number, Optional<ShardResult> result, Optional<Throwable> failure) {}

    private static Done compute(int number, List<ShardTask> tasks, ShardComputer computer, AtomicInteger end) {
        if (number >= end.get()) {
            return new Done(number, Optional.empty(), Optional.empty());
        }
        try {
            return new Done(number, Optional.of(computer.compute(tasks.get(number))), Optional.empty());
        } catch (RuntimeException | Error e) {
            end.accumulateAndGet(number, Math::min);
            return new Done(number, Optional.empty(), Optional.of(e));
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

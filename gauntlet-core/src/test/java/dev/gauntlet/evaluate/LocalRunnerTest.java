package dev.gauntlet.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gauntlet.GauntletException;
import dev.gauntlet.RandomKey;
import dev.gauntlet.evaluate.shard.CleanExamples;
import dev.gauntlet.evaluate.shard.ShardComputer;
import dev.gauntlet.evaluate.shard.ShardId;
import dev.gauntlet.evaluate.shard.ShardOpening;
import dev.gauntlet.evaluate.shard.ShardResult;
import dev.gauntlet.evaluate.shard.ShardTask;
import dev.gauntlet.request.Access;
import dev.gauntlet.request.AttackGoal;
import dev.gauntlet.request.AttackRef;
import dev.gauntlet.request.DataRef;
import dev.gauntlet.request.DiagnosticsBudget;
import dev.gauntlet.request.EvaluationRequest;
import dev.gauntlet.request.Execution;
import dev.gauntlet.request.Limits;
import dev.gauntlet.request.ModelRef;
import dev.gauntlet.request.Sampling;
import dev.gauntlet.request.Threat;
import dev.gauntlet.testkit.ArrayDataset;
import dev.gauntlet.threat.LpBall;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LocalRunnerTest {
    private static final ShardOpening OPENING = new ShardOpening(
            "test",
            new EvaluationRequest(
                    new ModelRef.InProcess("model", "layers", Optional.empty()),
                    DataRef.Named.DEFAULT,
                    Sampling.ALL,
                    new Threat(List.of(LpBall.linf(.1)), new AttackGoal.AnyError()),
                    List.of(AttackRef.parse("fgsm")),
                    Access.WHITE_BOX,
                    DiagnosticsBudget.AUTOMATIC,
                    Limits.NONE,
                    Execution.AUTOMATIC),
            10);

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 16})
    void givesEveryResultOnceForAnyNumberOfWorkers(int workers) {
        assertThat(run(workers, 50, number -> {}))
                .containsExactlyInAnyOrderElementsOf(
                        IntStream.range(0, 50).boxed().toList());
    }

    @Test
    void computesOnAsManyThreadsAsItHasWorkers() {
        // three tasks that wait for each other end only when all three run at the same time
        CountDownLatch together = new CountDownLatch(3);
        assertThat(run(3, 3, number -> {
                    together.countDown();
                    await(together);
                }))
                .hasSize(3);
    }

    @Test
    void noTasksGiveNoResults() {
        assertThat(run(4, 0, number -> {})).isEmpty();
    }

    @Test
    void handsOnWhatATaskThrows() {
        assertThatThrownBy(() -> run(2, 5, number -> {
                    if (number >= 3) {
                        throw new GauntletException("task " + number);
                    }
                }))
                .isInstanceOf(GauntletException.class)
                .hasMessage("task 3");
        assertThatThrownBy(() -> run(2, 5, number -> {
                    throw new StackOverflowError("deep");
                }))
                .isInstanceOf(StackOverflowError.class);
    }

    @Test
    void ofSeveralFailuresTheFirstTaskWinsEvenIfItFailsLast() {
        CountDownLatch failed = new CountDownLatch(1);
        assertThatThrownBy(() -> run(2, 100, number -> {
                    if (number == 3) {
                        await(failed);
                        throw new GauntletException("task 3");
                    }
                    if (number == 7) {
                        failed.countDown();
                        throw new GauntletException("task 7");
                    }
                }))
                .hasMessage("task 3");
    }

    @Test
    void afterAFailureNoNewWorkBeginsAndNoneGoesOn() {
        CountDownLatch failed = new CountDownLatch(1);
        AtomicInteger begun = new AtomicInteger();
        AtomicInteger ended = new AtomicInteger();
        AtomicLong work = new AtomicLong();
        assertThatThrownBy(() -> run(2, 1000, number -> {
                    begun.incrementAndGet();
                    if (number == 1) {
                        failed.countDown();
                        throw new GauntletException("task 1");
                    }
                    await(failed);
                    work.addAndGet(
                            RandomKey.of(number).generator().longs(2_000_000).sum());
                    ended.incrementAndGet();
                }))
                .hasMessage("task 1");
        assertThat(ended.get()).isEqualTo(begun.get() - 1);
        assertThat(begun.get()).isLessThan(1000);
    }

    @Test
    void aFailingSinkStopsTheWork() {
        AtomicInteger begun = new AtomicInteger();
        assertThatThrownBy(() -> new LocalRunner(1)
                        .run(
                                stage(10, task -> {
                                    begun.incrementAndGet();
                                    return result(task);
                                }),
                                result -> {
                                    throw new IllegalStateException("full");
                                }))
                .hasMessage("full");
        assertThat(begun.get()).isBetween(1, 10);
    }

    @Test
    void anInterruptEndsTheRunAndIsKept() {
        Thread.currentThread().interrupt();
        assertThatThrownBy(() -> run(1, 3, number -> {}))
                .isInstanceOf(GauntletException.class)
                .hasMessageContaining("interrupted");
        assertThat(Thread.interrupted()).isTrue();
    }

    /** Runs tasks and returns the numbers of those whose results came. */
    private static List<Integer> run(int workers, int count, IntConsumer work) {
        List<Integer> finished = new ArrayList<>();
        new LocalRunner(workers)
                .run(
                        stage(count, task -> {
                            work.accept(task.id().number());
                            return result(task);
                        }),
                        result -> finished.add(result.id().number()));
        return finished;
    }

    private static StageTasks stage(int count, ShardComputer computer) {
        List<ShardTask> tasks = IntStream.range(0, count)
                .mapToObj(number ->
                        new ShardTask("test", new ShardId(0, 0, number), new ShardTask.AskClean(new int[0]), false))
                .toList();
        return new StageTasks(
                OPENING,
                tasks,
                new CleanExamples(ArrayDataset.of(1, new int[1], new float[1])),
                computer,
                Optional::empty);
    }

    private static ShardResult result(ShardTask task) {
        return new ShardResult(task.id(), new ShardResult.TimeIsUp());
    }

    @Test
    void needsAWorker() {
        assertThatThrownBy(() -> new LocalRunner(0))
                .isInstanceOf(GauntletException.class)
                .hasMessageContaining("got 0");
        assertThat(LocalRunner.onAllProcessors().workers()).isPositive();
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}

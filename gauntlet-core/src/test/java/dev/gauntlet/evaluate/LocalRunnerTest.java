package dev.gauntlet.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gauntlet.GauntletException;
import dev.gauntlet.RandomKey;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LocalRunnerTest {
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 16})
    void gives_results_in_the_order_of_the_shards_for_any_number_of_workers(int workers) {
        List<Integer> finished = new ArrayList<>();
        List<Integer> results = new LocalRunner(workers).run(50, shard -> shard * shard, result -> {
            finished.add(result);
            return -result;
        });
        List<Integer> squares =
                IntStream.range(0, 50).mapToObj(shard -> shard * shard).toList();
        assertThat(results)
                .as("what is kept")
                .isEqualTo(squares.stream().map(square -> -square).toList());
        assertThat(finished).containsExactlyInAnyOrderElementsOf(squares);
    }

    @Test
    void computes_on_as_many_threads_as_it_has_workers() {
        // three shards that wait for each other end only when all three run at the same time
        CountDownLatch together = new CountDownLatch(3);
        List<String> results = new LocalRunner(3)
                .run(
                        3,
                        shard -> {
                            together.countDown();
                            await(together);
                            return "done";
                        },
                        result -> result);
        assertThat(results).containsExactly("done", "done", "done");
    }

    @Test
    void no_shards_give_no_results() {
        assertThat(new LocalRunner(4).run(0, shard -> shard, shard -> shard)).isEmpty();
    }

    @Test
    void hands_on_what_a_shard_throws() {
        assertThatThrownBy(() -> new LocalRunner(2).run(5, LocalRunnerTest::failAt3, result -> result))
                .isInstanceOf(GauntletException.class)
                .hasMessage("shard 3");
        assertThatThrownBy(() -> new LocalRunner(2)
                        .run(
                                5,
                                shard -> {
                                    throw new StackOverflowError("deep");
                                },
                                result -> result))
                .isInstanceOf(StackOverflowError.class);
    }

    private static int failAt3(int shard) {
        if (shard >= 3) {
            throw new GauntletException("shard " + shard);
        }
        return shard;
    }

    @Test
    void of_several_failures_the_lowest_shard_wins_even_if_it_fails_last() {
        CountDownLatch failed = new CountDownLatch(1);
        assertThatThrownBy(() -> new LocalRunner(2)
                        .run(
                                100,
                                shard -> {
                                    if (shard == 3) {
                                        await(failed);
                                        throw new GauntletException("shard 3");
                                    }
                                    if (shard == 7) {
                                        failed.countDown();
                                        throw new GauntletException("shard 7");
                                    }
                                    return shard;
                                },
                                result -> result))
                .hasMessage("shard 3");
    }

    @Test
    void after_a_failure_no_new_work_begins_and_none_goes_on() {
        CountDownLatch failed = new CountDownLatch(1);
        AtomicInteger begun = new AtomicInteger();
        AtomicInteger ended = new AtomicInteger();
        assertThatThrownBy(() -> new LocalRunner(2)
                        .run(
                                1000,
                                shard -> {
                                    begun.incrementAndGet();
                                    if (shard == 1) {
                                        failed.countDown();
                                        throw new GauntletException("shard 1");
                                    }
                                    await(failed);
                                    long work = RandomKey.of(shard)
                                            .generator()
                                            .longs(2_000_000)
                                            .sum();
                                    ended.incrementAndGet();
                                    return work;
                                },
                                result -> result))
                .hasMessage("shard 1");
        assertThat(ended.get()).isEqualTo(begun.get() - 1);
        assertThat(begun.get()).isLessThan(1000);
    }

    @Test
    void a_failing_listener_stops_the_work() {
        AtomicInteger begun = new AtomicInteger();
        assertThatThrownBy(() -> new LocalRunner(1)
                        .run(
                                10,
                                shard -> {
                                    begun.incrementAndGet();
                                    return shard;
                                },
                                result -> {
                                    throw new IllegalStateException("full");
                                }))
                .hasMessage("full");
        assertThat(begun.get()).isBetween(1, 10);
    }

    @Test
    void an_interrupt_ends_the_run_and_is_kept() {
        Thread.currentThread().interrupt();
        assertThatThrownBy(() -> new LocalRunner(1).run(3, shard -> shard, result -> result))
                .isInstanceOf(GauntletException.class)
                .hasMessageContaining("interrupted");
        assertThat(Thread.interrupted()).isTrue();
    }

    @Test
    void needs_a_worker() {
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

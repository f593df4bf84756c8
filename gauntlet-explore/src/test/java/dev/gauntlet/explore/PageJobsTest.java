package dev.gauntlet.explore;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class PageJobsTest {
    private final PageJobs jobs = new PageJobs();
    private final List<String> events = new ArrayList<>();

    private static Job job() {
        return new Job(new Job.Listener() {
            @Override
            public void progress(double share, String what) {
                // nobody looks
            }

            @Override
            public void part(Object part) {
                // nobody looks
            }
        });
    }

    private void run(String name, OptionalLong number, Runnable during) {
        Job job = job();
        boolean isAdmitted = jobs.run(
                "page",
                number,
                job,
                () -> {
                    during.run();
                    events.add(name + (job.isCancelled() ? " cancelled" : " computed"));
                },
                () -> events.add(name + " skipped"));
        assertThat(isAdmitted).isTrue();
    }

    private void run(String name, long number) {
        run(name, OptionalLong.of(number), () -> {});
    }

    @Test
    void aRequestThatArrivesLateCancelsNoneThatWasSentAfterIt() {
        run("second", OptionalLong.of(2), () -> run("first", 1));

        assertThat(events).containsExactly("first skipped", "second computed");
    }

    @Test
    void aCancellationThatArrivesLateCancelsNothingThatWasSentAfterIt() {
        run(
                "second",
                OptionalLong.of(2),
                () -> assertThat(jobs.cancel("page", OptionalLong.of(1))).isFalse());

        assertThat(events).containsExactly("second computed");
    }

    @Test
    void aCancellationAlsoCancelsWhatWasSentBeforeAndArrivesAfterIt() {
        run("first", 1);
        assertThat(jobs.cancel("page", OptionalLong.of(3))).isFalse();
        run("second", 2);
        run("fourth", 4);

        assertThat(events).containsExactly("first computed", "second skipped", "fourth computed");
    }

    @Test
    void aRequestWithoutANumberIsTheLatest() {
        run("seventh", 7);
        run(
                "another",
                OptionalLong.empty(),
                () -> assertThat(jobs.cancel("page", OptionalLong.empty())).isTrue());

        assertThat(events).containsExactly("seventh computed", "another cancelled");
    }
}

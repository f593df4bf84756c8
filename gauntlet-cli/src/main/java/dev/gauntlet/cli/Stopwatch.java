package dev.gauntlet.cli;

import java.time.Duration;
import java.time.Instant;

/** Measures wall-clock time, from its creation on unless it says otherwise. */
final class Stopwatch {
    private final long start;

    Stopwatch() {
        this(Duration.ZERO);
    }

    private Stopwatch(Duration before) {
        start = System.nanoTime() - before.toNanos();
    }

    /** Measures from the start of this process on. */
    static Stopwatch ofProcess() {
        return new Stopwatch(ProcessHandle.current()
                .info()
                .startInstant()
                .map(begun -> Duration.between(begun, Instant.now()))
                .filter(before -> !before.isNegative())
                .orElse(Duration.ZERO));
    }

    Duration elapsed() {
        return Duration.ofNanos(System.nanoTime() - start);
    }

    double seconds() {
        return (System.nanoTime() - start) / 1e9;
    }
}

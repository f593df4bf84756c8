package dev.gauntlet.cli;

import java.time.Duration;

/** Measures wall-clock time from its creation on. */
final class Stopwatch {
    private final long start = System.nanoTime();

    Duration elapsed() {
        return Duration.ofNanos(System.nanoTime() - start);
    }

    double seconds() {
        return (System.nanoTime() - start) / 1e9;
    }
}

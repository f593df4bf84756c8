package dev.gauntlet.cli;

/** Measures wall-clock time from its creation on. */
final class Stopwatch {
    private final long start = System.nanoTime();

    double seconds() {
        return (System.nanoTime() - start) / 1e9;
    }
}

package dev.gauntlet.evaluate;

/** Leaves an attack or a diagnostic in its middle because the time of the evaluation is up. */
final class TimeUp extends RuntimeException {
    private static final long serialVersionUID = 1;

    TimeUp() {
        super("the time limit is reached", null, false, false);
    }
}

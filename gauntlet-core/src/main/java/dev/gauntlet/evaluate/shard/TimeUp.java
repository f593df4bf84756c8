package dev.gauntlet.evaluate.shard;

/** Leaves an attack or a diagnostic because the evaluation has reached its time limit. */
public final class TimeUp extends RuntimeException {
    private static final long serialVersionUID = 1;

    /** Leaves the current work. */
    public TimeUp() {
        super("the time limit is reached", null, false, false);
    }
}

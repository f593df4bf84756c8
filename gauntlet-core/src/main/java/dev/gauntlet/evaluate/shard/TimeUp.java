package dev.gauntlet.evaluate.shard;

/** Leaves an attack or a diagnostic in its middle because the time of the evaluation is up. */
public final class TimeUp extends RuntimeException {
    private static final long serialVersionUID = 1;

    /** Leaves what is being done. */
    public TimeUp() {
        super("the time limit is reached", null, false, false);
    }
}

package dev.gauntlet.evaluate;

import java.time.Duration;

/** Receives the progress of an evaluation, from one thread at a time. */
public interface EvaluationListener {
    /** Ignores everything. */
    EvaluationListener NONE = new EvaluationListener() {};

    /**
     * Called once, before the first attack.
     *
     * @param images how many images are to be attacked; those that a journal has already are left out
     * @param atMost about how long attacks and diagnostics take if the model withstands everything, from the measured time
     *     of its first answers; images that an attack succeeds on cost less
     */
    default void begins(int images, Duration atMost) {}

    /**
     * Called after each pass of the model and each finished part of the work.
     *
     * @param progress how far the evaluation is now
     */
    default void progress(EvaluationProgress progress) {}
}

package dev.gauntlet.torch;

import dev.gauntlet.model.TrainingHistory;

/** Receives the progress of a training. */
public interface TrainingListener {
    /** Does nothing. */
    TrainingListener NONE = new TrainingListener() {};

    /**
     * Called after each step.
     *
     * @param epoch the number of the epoch, starting at 1
     * @param examples the number of examples of this step
     */
    default void step(int epoch, int examples) {}

    /**
     * Called after each pass over the training data.
     *
     * @param epoch the measurements
     */
    default void epoch(TrainingHistory.Epoch epoch) {}
}

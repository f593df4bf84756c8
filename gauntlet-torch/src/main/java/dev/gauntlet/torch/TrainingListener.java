package dev.gauntlet.torch;

import dev.gauntlet.model.TrainingHistory;

/** Receives the progress of a training. */
public interface TrainingListener {
    /** Does nothing. */
    TrainingListener NONE = new TrainingListener() {};

    /**
     * Called before the first step of a training that continues where another run stopped.
     *
     * @param epochs the number of epochs that were already finished; their measurements are not reported again
     */
    default void continued(int epochs) {}

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

    /**
     * Called after each epoch of a training that is watched, after {@link #epoch}.
     *
     * @param watched the accuracy on the images held out
     */
    default void watched(TrainingHistory.Watched watched) {}

    /**
     * Called with what went wrong and what is done about it.
     *
     * @param finding one or two sentences
     */
    default void finding(String finding) {}

    /**
     * Called with the weights after each epoch of a training that is watched, after {@link #watched}.
     *
     * @param checkpoint the weights
     */
    default void checkpoint(Checkpoint checkpoint) {}
}

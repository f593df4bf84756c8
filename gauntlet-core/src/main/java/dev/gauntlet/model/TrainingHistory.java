package dev.gauntlet.model;

import dev.gauntlet.data.DataOrigin;
import java.util.List;

/**
 * Describes how a model was trained.
 *
 * @param data the training data
 * @param optimizer the optimizer, such as {@code adam}
 * @param learningRate the step size
 * @param batchSize the number of examples per step
 * @param seed the seed of the initial weights, the order of the examples and dropout
 * @param epochs one entry per pass over the training data, in order
 */
public record TrainingHistory(
        DataOrigin data, String optimizer, double learningRate, int batchSize, long seed, List<Epoch> epochs) {
    public TrainingHistory {
        epochs = List.copyOf(epochs);
    }

    /**
     * The measurements of one pass over the training data.
     *
     * @param number the number of the epoch, counted from 1
     * @param trainingLoss the mean cross-entropy over the training data, measured during training
     * @param trainingCorrect the number of training examples that were classified correctly during training
     * @param trainingExamples the number of training examples
     * @param testLoss the mean cross-entropy over the test data after the epoch
     * @param testCorrect the number of test examples that were classified correctly after the epoch
     * @param testExamples the number of test examples
     */
    public record Epoch(
            int number,
            double trainingLoss,
            int trainingCorrect,
            int trainingExamples,
            double testLoss,
            int testCorrect,
            int testExamples) {}
}

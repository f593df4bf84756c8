package dev.gauntlet.model;

import dev.gauntlet.data.DataOrigin;
import java.util.List;

/**
 * How a model was trained.
 *
 * @param data what it was trained on
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
     * What was measured of one pass over the training data.
     *
     * @param number the number of the epoch, counted from 1
     * @param trainingLoss the mean cross-entropy over the training data, each example as it was seen
     * @param trainingCorrect how many training examples were classified correctly as they were seen
     * @param trainingExamples the number of training examples
     * @param testLoss the mean cross-entropy over the test data after the epoch
     * @param testCorrect how many test examples were classified correctly after the epoch
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

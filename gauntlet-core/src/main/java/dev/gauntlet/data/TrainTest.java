package dev.gauntlet.data;

import dev.gauntlet.GauntletException;

/**
 * A data set in its two parts.
 *
 * @param train the training examples
 * @param test the test examples, of the same shape and classes
 */
public record TrainTest(Dataset train, Dataset test) {
    public TrainTest {
        if (!train.shape().equals(test.shape()) || !train.classes().equals(test.classes())) {
            throw new GauntletException(
                    "The training data has %s images of %d classes, but the test data has %s images of %d; take both from the same data set."
                            .formatted(
                                    train.shape(),
                                    train.classes().size(),
                                    test.shape(),
                                    test.classes().size()));
        }
    }
}

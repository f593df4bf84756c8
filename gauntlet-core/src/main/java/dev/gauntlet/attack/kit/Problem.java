package dev.gauntlet.attack.kit;

import dev.gauntlet.GauntletException;
import dev.gauntlet.RandomKey;
import dev.gauntlet.data.Batch;
import dev.gauntlet.loss.Loss;
import dev.gauntlet.model.Logits;
import dev.gauntlet.threat.Criterion;
import dev.gauntlet.threat.Misclassified;
import dev.gauntlet.threat.Norm;
import java.util.function.IntFunction;

/**
 * The problem that an attack solves, independent of the model.
 *
 * @param clean the clean examples with their true labels
 * @param norm the norm of the perturbation
 * @param criterion the criterion of success
 * @param randomness the source of all random numbers; an attack derives a key for each example from its id, so that the
 *     examples are independent
 */
public record Problem(Batch clean, Norm norm, Criterion criterion, RandomKey randomness) {
    /**
     * Creates an untargeted problem with seed 0.
     *
     * @param clean the clean examples with their true labels
     * @param norm the norm of the perturbation
     * @return the problem
     */
    public static Problem of(Batch clean, Norm norm) {
        return new Problem(clean, norm, new Misclassified(), RandomKey.of(0));
    }

    /**
     * Returns the same problem with another criterion.
     *
     * @param otherCriterion the criterion of success
     * @return the problem
     */
    public Problem withCriterion(Criterion otherCriterion) {
        return new Problem(clean, norm, otherCriterion, randomness);
    }

    /**
     * Returns the same problem with other random numbers.
     *
     * @param seed any number
     * @return the problem
     */
    public Problem withSeed(long seed) {
        return new Problem(clean, norm, criterion, RandomKey.of(seed));
    }

    /**
     * Returns the number of examples.
     *
     * @return the number of examples, possibly 0
     */
    public int size() {
        return clean.size();
    }

    /**
     * Returns the same problem for some of its examples.
     *
     * @param rows the rows of the examples
     * @return the problem
     */
    public Problem select(int[] rows) {
        return new Problem(clean.select(rows), norm, criterion, randomness);
    }

    /**
     * Returns the random numbers of one example.
     *
     * @param row the row of the example
     * @return the key, which depends on the id of the example and not on its row
     */
    public RandomKey randomness(int row) {
        return randomness.with(clean.ids()[row]);
    }

    /**
     * Tells whether logits meet the criterion.
     *
     * @param logits logits for all examples
     * @param row the row of the example
     * @return whether they do; never for logits that are NaN or infinite
     */
    public boolean isMet(Logits logits, int row) {
        return logits.isFinite(row) && criterion.isMet(logits.prediction(row), clean.labels()[row]);
    }

    /**
     * Returns the objective that the adversary maximizes for each example of a batch.
     *
     * @param loss the loss with the true class
     * @param batch some or all examples of the problem
     * @return the objective of each row of the batch
     */
    public IntFunction<Loss> objective(Loss loss, Batch batch) {
        return row -> criterion.objective(loss, batch.labels()[row]);
    }

    /** Refuses labels that are not classes of the model. */
    void requireLabels(Logits logits) {
        for (int row = 0; row < size(); row++) {
            int label = clean.labels()[row];
            if (label < 0 || label >= logits.classes()) {
                throw new GauntletException("Example %d has label %d, but the model has the classes 0 to %d."
                        .formatted(clean.ids()[row], label, logits.classes() - 1));
            }
        }
    }
}

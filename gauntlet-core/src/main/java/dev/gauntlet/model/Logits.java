package dev.gauntlet.model;

import dev.gauntlet.GauntletException;

/**
 * The output of a classifier: one row of {@code classes} numbers per example.
 *
 * @param classes the number of classes, at least 2
 * @param values the rows, one after the other
 */
public record Logits(int classes, float[] values) {
    public Logits {
        if (classes < 2) {
            throw new GauntletException("A classifier needs at least 2 classes, but this model has " + classes + ".");
        }
        if (values.length % classes != 0) {
            throw new GauntletException("%d logits do not make rows of %d classes.".formatted(values.length, classes));
        }
    }

    /**
     * Returns the number of examples.
     *
     * @return the number of rows
     */
    public int size() {
        return values.length / classes;
    }

    /**
     * Returns the predicted class: the largest logit, the lowest index on ties.
     *
     * @param row the index of the example
     * @return the class
     */
    public int prediction(int row) {
        int offset = row * classes;
        int best = 0;
        for (int k = 1; k < classes; k++) {
            if (values[offset + k] > values[offset + best]) {
                best = k;
            }
        }
        return best;
    }

    /**
     * Returns the softmax probability of the predicted class, computed in double precision.
     *
     * @param row the index of the example
     * @return the confidence, in (0,1]
     */
    public double confidence(int row) {
        int offset = row * classes;
        double largest = values[offset + prediction(row)];
        double sum = 0;
        for (int k = 0; k < classes; k++) {
            sum += Math.exp(values[offset + k] - largest);
        }
        return 1 / sum;
    }

    /**
     * Tells whether all logits of an example are finite.
     *
     * @param row the index of the example
     * @return false if one is NaN or infinite
     */
    public boolean isFinite(int row) {
        for (int i = row * classes; i < (row + 1) * classes; i++) {
            if (!Float.isFinite(values[i])) {
                return false;
            }
        }
        return true;
    }
}

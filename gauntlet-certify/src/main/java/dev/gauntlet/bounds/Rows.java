package dev.gauntlet.bounds;

import org.bytedeco.pytorch.Tensor;

/** The functions of the logits that are bounded: the margins of the true class over all others. */
final class Rows {
    private Rows() {}

    /**
     * Returns the coefficients of the margins.
     *
     * @param labels the true classes
     * @param classes the number of classes
     * @return a tensor of shape (examples, classes - 1, classes); the rivals are in ascending order
     */
    static Tensor margins(int[] labels, int classes) {
        double[] rows = new double[labels.length * (classes - 1) * classes];
        for (int example = 0; example < labels.length; example++) {
            for (int rank = 0; rank < classes - 1; rank++) {
                int offset = (example * (classes - 1) + rank) * classes;
                rows[offset + labels[example]] = 1;
                rows[offset + rival(rank, labels[example])] = -1;
            }
        }
        return Doubles.of(rows, labels.length, classes - 1L, classes);
    }

    /** Returns the coefficients of the margins of one example, one row per rival. */
    static double[][] margins(int label, int classes) {
        double[][] rows = new double[classes - 1][classes];
        for (int rank = 0; rank < rows.length; rank++) {
            rows[rank][label] = 1;
            rows[rank][rival(rank, label)] = -1;
        }
        return rows;
    }

    /** Returns the class of a margin. */
    static int rival(int rank, int label) {
        return rank < label ? rank : rank + 1;
    }
}

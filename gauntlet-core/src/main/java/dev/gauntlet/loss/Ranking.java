package dev.gauntlet.loss;

/**
 * The classes of one example from the largest logit down. Of equal logits the lower class comes first, as in the
 * prediction; a NaN counts as larger than any number, so that it reaches the loss and is not passed over.
 */
final class Ranking {
    private Ranking() {}

    /** Returns the {@code count} classes with the largest logits, the largest first. */
    static int[] largest(float[] logits, int offset, int classes, int count) {
        int[] ranked = new int[count];
        for (int k = 0; k < classes; k++) {
            int rank = Math.min(k, count);
            while (rank > 0 && above(logits[offset + k], logits[offset + ranked[rank - 1]])) {
                rank--;
            }
            if (rank < count) {
                System.arraycopy(ranked, rank, ranked, rank + 1, count - rank - 1);
                ranked[rank] = k;
            }
        }
        return ranked;
    }

    /** Returns the class with the largest logit of all but one. */
    static int largestExcept(int excepted, float[] logits, int offset, int classes) {
        int[] ranked = largest(logits, offset, classes, 2);
        return ranked[0] == excepted ? ranked[1] : ranked[0];
    }

    private static boolean above(float a, float b) {
        return a > b || (Float.isNaN(a) && !Float.isNaN(b));
    }
}

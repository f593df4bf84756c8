package dev.gauntlet.loss;

/**
 * Ranks the classes of one example by logit, the largest first. Among equal logits the lower class comes first, as in
 * the prediction. A NaN counts as larger than any number, so that it reaches the loss.
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

    /** Returns the class with the largest logit among all but one. */
    static int largestExcept(int excepted, float[] logits, int offset, int classes) {
        int[] ranked = largest(logits, offset, classes, 2);
        return ranked[0] == excepted ? ranked[1] : ranked[0];
    }

    private static boolean above(float a, float b) {
        return a > b || (Float.isNaN(a) && !Float.isNaN(b));
    }
}

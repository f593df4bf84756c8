package dev.gauntlet.attack;

/** Steps in L1 that change several pixels at once; they are faster than the steepest step, which changes one. */
final class SparseSteps {
    private SparseSteps() {}

    /**
     * Finds the vector of L1 size 1 that changes the pixels with the largest gradients, all by the same amount.
     *
     * <p>Pixels without a gradient and pixels at their limit are excluded, so there may be fewer; among equal gradients the
     * first ones are used.
     *
     * @param x the points of a batch
     * @param gradient the gradients there
     * @param offset the index of the example's first pixel, in all three arrays
     * @param length the number of pixels of the example
     * @param pixels the number of pixels to change, at least 1
     * @param direction receives the vector
     */
    static void steepest(float[] x, float[] gradient, int offset, int length, int pixels, float[] direction) {
        float[] magnitudes = new float[length];
        int movable = 0;
        for (int i = 0; i < length; i++) {
            float slope = gradient[offset + i];
            boolean stuck = slope > 0 ? x[offset + i] >= 1 : x[offset + i] <= 0;
            magnitudes[i] = stuck ? 0 : Math.abs(slope);
            movable += magnitudes[i] > 0 ? 1 : 0;
        }
        int changed = Math.min(pixels, movable);
        float least = changed == 0 ? Float.POSITIVE_INFINITY : largest(magnitudes.clone(), changed);
        int ties = changed;
        for (float magnitude : magnitudes) {
            ties -= magnitude > least ? 1 : 0;
        }
        for (int i = 0; i < length; i++) {
            boolean chosen = magnitudes[i] > least || (magnitudes[i] == least && ties-- > 0);
            direction[offset + i] = chosen ? Math.signum(gradient[offset + i]) / changed : 0;
        }
    }

    /** Finds the {@code rank}-th largest number, counted from 1, with Hoare's FIND. */
    private static float largest(float[] values, int rank) {
        int place = rank - 1;
        int first = 0;
        int last = values.length - 1;
        while (first < last) {
            float pivot = values[(first + last) >>> 1];
            int left = first;
            int right = last;
            while (left <= right) {
                while (values[left] > pivot) {
                    left++;
                }
                while (values[right] < pivot) {
                    right--;
                }
                if (left <= right) {
                    float swapped = values[left];
                    values[left++] = values[right];
                    values[right--] = swapped;
                }
            }
            if (place <= right) {
                last = right;
            } else if (place >= left) {
                first = left;
            } else {
                return values[place];
            }
        }
        return values[place];
    }
}

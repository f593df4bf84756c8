package dev.gauntlet.torch;

import java.util.Arrays;

/**
 * A tensor of a weights file.
 *
 * @param shape the length of each dimension; empty for a single number
 * @param values the numbers, the last dimension varying fastest
 */
record WeightTensor(long[] shape, float[] values) {
    boolean hasShape(long[] expected) {
        return Arrays.equals(shape, expected);
    }

    /** Returns the index of the first value that is NaN or infinite, or -1. */
    int firstNotFinite() {
        for (int i = 0; i < values.length; i++) {
            if (!Float.isFinite(values[i])) {
                return i;
            }
        }
        return -1;
    }

    @Override
    public String toString() {
        return Arrays.toString(shape);
    }
}

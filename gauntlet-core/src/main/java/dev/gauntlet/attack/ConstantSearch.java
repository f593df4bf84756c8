package dev.gauntlet.attack;

import java.util.Arrays;

/**
 * The constants that weigh success against distance, one for each example: ten times larger after every failure until the
 * first success, and from then on in the middle between the largest that failed and the smallest that succeeded.
 */
final class ConstantSearch {
    private final double[] failed;
    private final double[] succeeded;
    private final double[] constants;

    ConstantSearch(int size, double initial) {
        failed = new double[size];
        succeeded = new double[size];
        constants = new double[size];
        Arrays.fill(succeeded, Double.POSITIVE_INFINITY);
        Arrays.fill(constants, initial);
    }

    /** Returns the constant to try for an example. */
    double at(int row) {
        return constants[row];
    }

    /** Goes on to the next constant of every example. */
    void next(boolean[] found) {
        for (int row = 0; row < found.length; row++) {
            if (found[row]) {
                succeeded[row] = constants[row];
            } else {
                failed[row] = constants[row];
            }
            constants[row] = succeeded[row] < Double.POSITIVE_INFINITY
                    ? (failed[row] + succeeded[row]) / 2
                    : constants[row] * 10;
        }
    }
}

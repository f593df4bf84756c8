package dev.gauntlet.bounds;

import java.util.stream.IntStream;

/**
 * Lower bounds of an example's margins.
 *
 * @param label the true class
 * @param margins one bound for each other class
 * @param deviations how far each logit may be off in 32-bit arithmetic
 */
record ProvedMargins(int label, double[] margins, double[] deviations) {
    /** Returns the smallest margin. */
    double smallest() {
        double smallest = Double.POSITIVE_INFINITY;
        for (double margin : margins) {
            // a NaN proves nothing
            if (!(margin >= smallest)) {
                smallest = Double.isNaN(margin) ? Double.NEGATIVE_INFINITY : margin;
            }
        }
        return smallest;
    }

    /** Tells whether no class can overtake the true one. */
    boolean isCertified() {
        return smallest() > 0;
    }

    /** Returns by how much a margin may shrink in 32-bit arithmetic. */
    double deviation(int rank) {
        return (deviations[label] + deviations[Rows.rival(rank, label)]) * (1 + 0x1p-50);
    }

    /** Tells whether no class can overtake the true one in 32-bit arithmetic. */
    boolean isCertifiedInFloat32() {
        for (int rank = 0; rank < margins.length; rank++) {
            if (!(margins[rank] > deviation(rank))) {
                return false;
            }
        }
        return true;
    }

    /** Returns by how much each margin may shrink in 32-bit arithmetic. */
    double[] allDeviations() {
        return IntStream.range(0, margins.length).mapToDouble(this::deviation).toArray();
    }

    /** Returns the same with other bounds of the margins. */
    ProvedMargins with(double[] others) {
        return new ProvedMargins(label, others, deviations);
    }

    /** Returns the better of two bounds of each number. */
    ProvedMargins and(ProvedMargins other) {
        double[] better = new double[margins.length];
        for (int i = 0; i < better.length; i++) {
            better[i] = larger(margins[i], other.margins[i]);
        }
        double[] closer = new double[deviations.length];
        for (int i = 0; i < closer.length; i++) {
            closer[i] = -larger(-deviations[i], -other.deviations[i]);
        }
        return new ProvedMargins(label, better, closer);
    }

    private static double larger(double a, double b) {
        return Double.isNaN(a) || b > a ? b : a;
    }
}

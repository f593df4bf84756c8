package dev.gauntlet.bounds;

/**
 * A part of a region: the inputs for which some open ReLUs have given signs.
 *
 * <p>The arrays have one entry per open ReLU of all layers and are not changed.
 *
 * @param function the function that is bounded, such as a margin
 * @param lower a proved lower bound of the function in this part
 * @param signs 1 or -1 where the sign is given, else 0
 * @param slopes the slopes of the lower lines that gave the bound
 * @param multipliers the multipliers of the signs that gave the bound, at least 0
 * @param next the open ReLU to divide by; -1 if there is none
 * @param coefficient the coefficient of its output when the bound was computed
 */
record Domain(
        int function, double lower, byte[] signs, double[] slopes, double[] multipliers, int next, double coefficient)
        implements Comparable<Domain> {
    /** Returns the whole region. */
    static Domain whole(int function, double lower, double[] slopes) {
        return new Domain(function, lower, new byte[slopes.length], slopes, new double[slopes.length], -1, 0);
    }

    /** Tells whether all open ReLUs have a sign. */
    boolean isFullyDivided() {
        for (byte sign : signs) {
            if (sign == 0) {
                return false;
            }
        }
        return true;
    }

    /** Returns the same domain with another ReLU to divide by. */
    Domain dividedBy(int other, double itsCoefficient) {
        return new Domain(function, lower, signs, slopes, multipliers, other, itsCoefficient);
    }

    /** Returns one of the two halves, with the bound and the multipliers of the whole. */
    Domain half(int sign) {
        byte[] more = signs.clone();
        more[next] = (byte) sign;
        double[] others = multipliers.clone();
        // with this multiplier the line is that of the whole domain, so the first bound is at least as large as its
        // bound
        double slope = slopes[next];
        others[next] = Math.max(0, coefficient) * (sign > 0 ? 1 - slope : slope);
        return new Domain(function, lower, more, slopes, others, -1, 0);
    }

    @Override
    public int compareTo(Domain other) {
        return Double.compare(lower, other.lower);
    }
}

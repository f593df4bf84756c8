package dev.gauntlet.bounds;

/**
 * How far a sum that was computed may be off (Higham 2002, chapter 3), whatever the order of its terms.
 *
 * @param unit the largest relative error of one operation; 0 if rounding is ignored
 */
record Precision(double unit) {
    /** Arithmetic on 64-bit floats, in which bounds are computed. */
    static final Precision DOUBLE = new Precision(0x1p-53);

    /** Arithmetic on 32-bit floats, in which models are computed. */
    static final Precision SINGLE = new Precision(0x1p-24);

    /** For comparisons with bounds of others, who ignore rounding. */
    static final Precision IGNORED = new Precision(0);

    /** Covers what underflows, which relative errors do not. */
    double tiny() {
        return unit == 0 ? 0 : 0x1p-900;
    }

    /** Returns the relative error of a sum of products, in terms of the sum of their absolute values. */
    double of(long terms) {
        double share = (terms + 8) * unit;
        // the quotient and the callers' own products of nonnegative numbers are rounded, too
        return share < 0.5 ? share / (1 - share) * 1.0001 : Double.POSITIVE_INFINITY;
    }
}

package dev.gauntlet.attack;

/**
 * The exponential function in plain double arithmetic: the same digits on every machine, unlike {@link Math#exp}, and several
 * times faster than {@link StrictMath#exp}. The relative error is at most 5e-16.
 */
final class Exponential {
    /** Beyond these, the result would not be a normal number. */
    private static final double LARGEST = 708;

    private static final double PER_LOG_2 = 1 / 0.6931471805599453;

    /** The logarithm of 2 in two parts; the first has so few digits that its products with small integers are exact. */
    private static final double LOG_2_HIGH = 0x1.62e42feep-1;

    private static final double LOG_2_LOW = 0x1.a39ef35793c76p-33;

    /** Adding this rounds to an integer, which is then in the lowest bits of the sum. */
    private static final double ROUNDING = 0x1.8p52;

    private static final int EXPONENT_BIAS = 1023;
    private static final int MANTISSA_BITS = 52;

    private Exponential() {}

    /** Computes e to the power of x; arguments beyond 708 in size count as 708 in size. */
    static double of(double x) {
        double argument = Math.max(-LARGEST, Math.min(LARGEST, x));
        double rounded = argument * PER_LOG_2 + ROUNDING;
        double power = rounded - ROUNDING;
        double rest = argument - power * LOG_2_HIGH - power * LOG_2_LOW;
        double scale = Double.longBitsToDouble((Double.doubleToRawLongBits(rounded) + EXPONENT_BIAS) << MANTISSA_BITS);
        return scale * series(rest);
    }

    /** Computes 1 / (1 + e to the power of -x). */
    static double logistic(double x) {
        return 1 / (1 + of(-x));
    }

    /** The first 14 terms of the Taylor series, in pairs that a processor computes at the same time. */
    private static double series(double r) {
        double r2 = r * r;
        double r4 = r2 * r2;
        double low = 1 + r + r2 * (1.0 / 2 + r * (1.0 / 6));
        double middle = 1.0 / 24 + r * (1.0 / 120) + r2 * (1.0 / 720 + r * (1.0 / 5040));
        double high = 1.0 / 40_320 + r * (1.0 / 362_880) + r2 * (1.0 / 3_628_800 + r * (1.0 / 39_916_800));
        double highest = 1.0 / 479_001_600 + r * (1.0 / 6_227_020_800.0);
        return low + r4 * (middle + r4 * (high + r4 * highest));
    }
}

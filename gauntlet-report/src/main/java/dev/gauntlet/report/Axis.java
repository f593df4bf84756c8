package dev.gauntlet.report;

import java.util.List;
import java.util.stream.LongStream;

/**
 * The range of an axis, with ticks at round steps.
 *
 * @param from the first number
 * @param to the last number, greater than the first
 * @param step the distance between ticks
 */
record Axis(double from, double to, double step) {
    private static final double[] ROUND_STEPS = {1, 2, 2.5, 5, 10};

    /** Tolerates the rounding error of a division of round numbers. */
    private static final double ROUNDING = 1e-9;

    /** Creates a range from a round tick at or below the lowest value to the highest value. */
    static Axis over(double lowest, double highest, int mostSteps) {
        double span = highest > lowest ? highest - lowest : 1;
        double step = roundStep(span / mostSteps);
        double from = Math.floor(lowest / step + ROUNDING) * step;
        return new Axis(from, highest > lowest ? highest : from + span, step);
    }

    /** Creates a range that begins and ends at round ticks. */
    static Axis around(double lowest, double highest, int mostSteps) {
        Axis axis = over(lowest, highest, mostSteps);
        return new Axis(axis.from, Math.ceil(axis.to / axis.step - ROUNDING) * axis.step, axis.step);
    }

    private static double roundStep(double atLeast) {
        double magnitude = Math.pow(10, Math.floor(Math.log10(atLeast)));
        for (double factor : ROUND_STEPS) {
            if (factor * magnitude >= atLeast * (1 - ROUNDING)) {
                return factor * magnitude;
            }
        }
        return 10 * magnitude;
    }

    /** Returns the ticks. */
    List<Double> ticks() {
        long steps = (long) Math.floor((to - from) / step + ROUNDING);
        return LongStream.rangeClosed(0, steps).mapToObj(i -> from + i * step).toList();
    }

    /** Returns how many decimals distinguish the ticks. */
    int decimals() {
        int decimals = 0;
        for (double scaled = step;
                Math.abs(scaled - Math.rint(scaled)) > ROUNDING * Math.max(1, scaled) && decimals < 12;
                scaled *= 10) {
            decimals++;
        }
        return decimals;
    }

    /** Returns the relative position of a number, from 0 to 1. */
    double share(double value) {
        return (value - from) / (to - from);
    }
}

package dev.gauntlet.evaluate;

import org.apache.commons.statistics.interval.BinomialConfidenceInterval;

/**
 * A rate with the interval that holds the true rate with 95 % confidence, by Wilson's score method.
 *
 * @param successes the numerator
 * @param trials the denominator, at least 1
 * @param rate successes divided by trials
 * @param lower the lower bound of the 95 % interval
 * @param upper the upper bound of the 95 % interval
 */
public record Interval(int successes, int trials, double rate, double lower, double upper) {
    /** The confidence level, as a share. */
    public static final double CONFIDENCE = 0.95;

    /** The name of the method. */
    public static final String METHOD = "Wilson";

    /**
     * Computes the interval.
     *
     * @param successes the numerator
     * @param trials the denominator, at least 1
     * @return the rate with its interval, inside [0,1]
     */
    public static Interval of(int successes, int trials) {
        var interval = BinomialConfidenceInterval.WILSON_SCORE.fromErrorRate(trials, successes, 1 - CONFIDENCE);
        // the bounds of 0 of n and n of n come out beyond 0 and 1 by their rounding
        return new Interval(
                successes,
                trials,
                (double) successes / trials,
                Math.max(0, interval.getLowerBound()),
                Math.min(1, interval.getUpperBound()));
    }
}

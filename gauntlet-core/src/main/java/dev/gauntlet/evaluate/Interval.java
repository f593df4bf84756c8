package dev.gauntlet.evaluate;

import org.apache.commons.statistics.interval.BinomialConfidenceInterval;

/**
 * A rate with the interval that contains the true rate, by default with 95 % confidence, by Wilson's score method.
 *
 * @param successes the numerator
 * @param trials the denominator, at least 1
 * @param rate successes divided by trials
 * @param lower the lower bound of the interval
 * @param upper the upper bound of the interval
 */
public record Interval(int successes, int trials, double rate, double lower, double upper) {
    public Interval {
        Rules.require(trials >= 1, "trials", "is %s, a rate needs at least 1", trials);
        Rules.require(successes >= 0 && successes <= trials, "successes", "is %s of %s", successes, trials);
    }

    /** The confidence level, as a share. */
    public static final double CONFIDENCE = 0.95;

    /** The name of the method. */
    public static final String METHOD = "Wilson";

    /**
     * Computes the 95 % interval.
     *
     * @param successes the numerator
     * @param trials the denominator, at least 1
     * @return the rate with its interval, inside [0,1]
     */
    public static Interval of(int successes, int trials) {
        return of(successes, trials, 1 - CONFIDENCE);
    }

    /**
     * Computes the interval for another confidence, such as that of each of several intervals that have to hold together.
     *
     * @param successes the numerator
     * @param trials the denominator, at least 1
     * @param errorRate the probability that the interval misses the true rate, in (0,1)
     * @return the rate with its interval, inside [0,1]
     */
    public static Interval of(int successes, int trials, double errorRate) {
        var interval = BinomialConfidenceInterval.WILSON_SCORE.fromErrorRate(trials, successes, errorRate);
        // rounding takes the bounds of 0 of n and n of n slightly outside [0,1]
        return new Interval(
                successes,
                trials,
                (double) successes / trials,
                Math.max(0, interval.getLowerBound()),
                Math.min(1, interval.getUpperBound()));
    }
}

package dev.gauntlet.evaluate;

import java.util.function.DoublePredicate;

/**
 * An interval for a rate that holds at every look, whatever the number of looks and the stopping rule.
 *
 * <p>The mixture martingale of Robbins, "Statistical Methods Related to the Law of the Iterated Logarithm", Annals of
 * Mathematical Statistics 1970, with the uniform prior: by Ville's inequality the probability that any of
 * the intervals misses the true rate is at most 5 %. An ordinary interval that is computed repeatedly misses it far more often.
 * The examples count as independent draws, as in every interval here; a stratified sample only makes the statement safer.
 */
public final class ConfidenceSequence {
    private static final double LOG_THRESHOLD = -Math.log(1 - Interval.CONFIDENCE);
    private static final int HALVINGS = 60;

    /** Nothing is known beforehand. */
    private static final double UNIFORM = 1;

    /** The rate is expected to be a quarter of a per cent. */
    private static final double SMALL = 400;

    private static final double SHARE_OF_SMALL = 0.9;

    /** No evaluation has more examples than this. */
    private static final long MOST_EXAMPLES = 100_000_000;

    private ConfidenceSequence() {}

    /**
     * Computes the interval after some examples.
     *
     * @param successes the numerator
     * @param trials the denominator, at least 1
     * @return the rate with its interval, inside [0,1]
     */
    public static Interval of(int successes, int trials) {
        double rate = (double) successes / trials;
        return new Interval(
                successes,
                trials,
                rate,
                successes == 0 ? 0 : bound(successes, trials, LOG_THRESHOLD, 0),
                successes == trials ? 1 : bound(successes, trials, LOG_THRESHOLD, 1));
    }

    /**
     * Computes a lower bound.
     *
     * @param successes the numerator
     * @param trials the denominator; 0 if nothing was seen
     * @param errorRate the probability that the bound is ever above the true rate
     */
    static double lower(int successes, int trials, double errorRate) {
        return successes == 0 ? 0 : bound(successes, trials, -Math.log(errorRate), 0);
    }

    /**
     * Computes an upper bound of a rate that is expected to be small: nine tenths of the prior are Beta(1, 400), the rest is
     * uniform. The prior decides how soon the bound is narrow, never whether it holds.
     *
     * @param successes the numerator
     * @param trials the denominator; 0 if nothing was seen
     * @param errorRate the probability that the bound is ever below the true rate
     */
    static double upper(int successes, int trials, double errorRate) {
        if (successes == trials) {
            return 1;
        }
        return bound((double) successes / trials, 1, rate -> isBelow(successes, trials, rate, errorRate));
    }

    /** Tells whether the upper bound is at most a rate, which is above the measured one. */
    static boolean isBelow(int successes, int trials, double rate, double errorRate) {
        return Math.log(SHARE_OF_SMALL * Math.exp(logMartingale(successes, trials, SMALL, rate))
                        + (1 - SHARE_OF_SMALL) * Math.exp(logMartingale(successes, trials, UNIFORM, rate)))
                >= -Math.log(errorRate);
    }

    /** Estimates the number of examples after which the interval excludes a threshold, if the rate stays; 0 if there are far too many. */
    static long needed(double rate, double threshold) {
        long most = 1;
        while (!settled(rate, threshold, most)) {
            most *= 2;
            if (most > MOST_EXAMPLES) {
                return 0;
            }
        }
        long least = most / 2;
        while (most - least > 1) {
            long middle = (least + most) / 2;
            if (settled(rate, threshold, middle)) {
                most = middle;
            } else {
                least = middle;
            }
        }
        return most;
    }

    private static boolean settled(double rate, double threshold, long trials) {
        return logMartingale(rate * trials, (double) trials, UNIFORM, threshold) >= LOG_THRESHOLD;
    }

    private static double bound(int successes, int trials, double logThreshold, double out) {
        return bound(
                (double) successes / trials,
                out,
                rate -> logMartingale(successes, trials, UNIFORM, rate) >= logThreshold);
    }

    /** Finds the bound of the interval between a rate outside it and the measured rate, which is inside. */
    private static double bound(double in, double out, DoublePredicate isOut) {
        double outside = out;
        double inside = in;
        for (int i = 0; i < HALVINGS; i++) {
            double middle = (outside + inside) / 2;
            if (isOut.test(middle)) {
                outside = middle;
            } else {
                inside = middle;
            }
        }
        return outside;
    }

    /**
     * The mean likelihood over all rates, divided by the likelihood of one; the logarithm of it.
     *
     * @param prior the rates are weighted by the beta distribution with 1 and this
     */
    private static double logMartingale(double successes, double trials, double prior, double rate) {
        double failures = trials - successes;
        return Math.log(prior)
                + logGamma(successes + 1)
                + logGamma(failures + prior)
                - logGamma(trials + prior + 1)
                - times(successes, Math.log(rate))
                - times(failures, Math.log1p(-rate));
    }

    /** Multiplies, where 0 times infinity is 0. */
    private static double times(double count, double logarithm) {
        return count == 0 ? 0 : count * logarithm;
    }

    /** The logarithm of the gamma function by Stirling's series, for arguments of at least 1. */
    private static double logGamma(double x) {
        double shifted = x;
        double correction = 0;
        while (shifted < 10) {
            correction -= Math.log(shifted);
            shifted++;
        }
        double inverse = 1 / shifted;
        double square = inverse * inverse;
        return correction
                + (shifted - 0.5) * Math.log(shifted)
                - shifted
                + 0.5 * Math.log(2 * Math.PI)
                + inverse * (1 / 12.0 - square * (1 / 360.0 - square * (1 / 1260.0 - square / 1680.0)));
    }
}

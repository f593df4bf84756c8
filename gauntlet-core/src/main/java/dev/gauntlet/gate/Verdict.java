package dev.gauntlet.gate;

import java.util.Collection;
import java.util.Comparator;

/** How a gate decides; the later, the weightier. */
public enum Verdict {
    /** The requirement is met, with 95 % confidence. */
    PASS,
    /** The examples are too few to say, or the evaluation is not to be believed. */
    INCONCLUSIVE,
    /** The requirement is missed, with 95 % confidence. */
    FAIL;

    /**
     * Decides about a rate that has to be at least something, by its interval and not by its point.
     *
     * @param lower the lower bound of the interval
     * @param upper the upper bound of the interval
     * @param minimum what the rate has to reach
     * @return pass if the whole interval reaches it, fail if none of it does
     */
    static Verdict of(double lower, double upper, double minimum) {
        return lower >= minimum ? PASS : upper < minimum ? FAIL : INCONCLUSIVE;
    }

    /** Returns the weightiest of some verdicts; pass if there is none. */
    static Verdict worst(Collection<Verdict> verdicts) {
        return verdicts.stream().max(Comparator.naturalOrder()).orElse(PASS);
    }
}

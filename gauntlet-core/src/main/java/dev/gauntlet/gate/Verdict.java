package dev.gauntlet.gate;

import java.util.Collection;
import java.util.Comparator;

/** The verdict of a gate, from best to worst. */
public enum Verdict {
    /** The requirement is met, with 95 % confidence. */
    PASS,
    /** There are too few examples for a decision, or the evaluation is invalid. */
    INCONCLUSIVE,
    /** The requirement is not met, with 95 % confidence. */
    FAIL;

    /**
     * Decides with the interval of a rate whether the rate reaches a minimum.
     *
     * @param lower the lower bound of the interval
     * @param upper the upper bound of the interval
     * @param minimum the required minimum
     * @return pass if the whole interval reaches it, fail if no part of it does, inconclusive otherwise
     */
    static Verdict of(double lower, double upper, double minimum) {
        return lower >= minimum ? PASS : upper < minimum ? FAIL : INCONCLUSIVE;
    }

    /** Returns the worst of some verdicts; pass if there are none. */
    static Verdict worst(Collection<Verdict> verdicts) {
        return verdicts.stream().max(Comparator.naturalOrder()).orElse(PASS);
    }
}

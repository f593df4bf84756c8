package dev.gauntlet.evaluate;

import dev.gauntlet.request.DiagnosticsBudget;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;

/**
 * By how much the robust accuracy is overstated: which share of all examples counts as robust, but falls to stronger attacks.
 *
 * <p>The probes are attacks as strong as AutoAttack, in a row from cheap to strong; each is tried on a random sample of the
 * robust examples, on those that the ones before it did not break. What a first part of the row breaks is at least broken by
 * the whole, so every part bounds the overstatement from below, and the whole row bounds it from above.
 *
 * <p>The bounds hold together with 95 % confidence, however often they are looked at: Robbins, "Statistical Methods Related
 * to the Law of the Iterated Logarithm", Annals of Mathematical Statistics 1970, with a uniform prior below and a prior for small rates above.
 *
 * @param epsilon the budget in focus
 * @param robust how many examples withstand the attacks of the plan at it and are not certified
 * @param certified how many examples are certified at it, so that no attack breaks them
 * @param examples how many examples were evaluated
 * @param probes the attacks in their order; empty if the attacks of the plan are as strong themselves
 * @param lower the lower bound of the overstatement, as a share of all examples
 * @param upper the upper bound
 */
public record Overstatement(
        double epsilon, int robust, int certified, int examples, List<Probe> probes, double lower, double upper) {
    /** The probability of an upper bound that is too low. */
    private static final double ERROR_ABOVE = 0.04;

    /** The probability of any lower bound that is too high. */
    private static final double ERROR_BELOW = 1 - Interval.CONFIDENCE - ERROR_ABOVE;

    /** A lower bound that is not rounded to 0.0 points. */
    private static final double MENTIONED = 0.0005;

    private static final int MOST_MORE = 100_000;

    public Overstatement {
        probes = List.copyOf(probes);
        Rules.require(examples >= 1, "overstatement.examples", "is %s", examples);
        Rules.require(
                robust >= 0 && robust <= examples, "overstatement.robust", "is %s of %s examples", robust, examples);
        Rules.require(
                certified >= 0 && robust + certified <= examples,
                "overstatement.certified",
                "is %s, with %s robust of %s examples",
                certified,
                robust,
                examples);
        Rules.require(
                lower >= 0 && lower <= upper && upper <= 1, "overstatement.upper", "is %s, lower is %s", upper, lower);
        for (int i = 0; i < probes.size(); i++) {
            int before = i == 0 ? robust : probes.get(i - 1).examined();
            Rules.require(
                    probes.get(i).examined() <= before,
                    "overstatement.probes[" + i + "].examined",
                    "is %s, but there are only %s",
                    probes.get(i).examined(),
                    before);
        }
    }

    /**
     * What the row of attacks up to one of them broke.
     *
     * @param attack the name of the attack with its options
     * @param examined on how many of the robust examples it was tried, or would have been but that one before it succeeded
     * @param broken how many of these it or one before it broke
     */
    public record Probe(String attack, int examined, int broken) {
        public Probe {
            Rules.require(broken >= 0 && broken <= examined, "broken", "is %s of %s", broken, examined);
        }
    }

    /** What is known so far. */
    enum Finding {
        /** More is overstated than is tolerated. */
        OVERSTATED,
        /** Hardly anything is overstated. */
        SETTLED,
        /** Too little was examined to say. */
        OPEN
    }

    /** Computes the bounds from what the probes broke. */
    static Overstatement of(double epsilon, int robust, int certified, int examples, List<Probe> probes) {
        double share = (double) robust / examples;
        return new Overstatement(
                epsilon,
                robust,
                certified,
                examples,
                probes,
                share * lowerRate(probes),
                share * upperRate(probes, robust));
    }

    private static double lowerRate(List<Probe> probes) {
        return probes.stream()
                .mapToDouble(probe ->
                        ConfidenceSequence.lower(probe.broken(), probe.examined(), ERROR_BELOW / probes.size()))
                .max()
                .orElse(0);
    }

    private static double upperRate(List<Probe> probes, int robust) {
        if (robust == 0 || probes.isEmpty()) {
            return 0;
        }
        Probe all = probes.get(probes.size() - 1);
        return ConfidenceSequence.upper(all.broken(), all.examined(), ERROR_ABOVE);
    }

    /**
     * Tells whether nothing broken would settle that hardly anything is overstated.
     *
     * @param examined on how many robust examples all attacks were tried
     * @param share which share of the examples is robust
     */
    static boolean isSettledByNothing(int examined, double share) {
        double rate = DiagnosticsBudget.RESOLUTION / share;
        return rate >= 1 || ConfidenceSequence.isBelow(0, examined, rate, ERROR_ABOVE);
    }

    Finding finding(double tolerance) {
        if (lower > tolerance) {
            return Finding.OVERSTATED;
        }
        return upper < DiagnosticsBudget.RESOLUTION ? Finding.SETTLED : Finding.OPEN;
    }

    /**
     * Estimates how many more examples the probes would have to examine until the verdict is settled, if they go on breaking
     * the same share.
     *
     * @param tolerance the overstatement that is tolerated
     * @return the number; 0 if it is settled, empty if it is far too large
     */
    OptionalLong moreToSettle(double tolerance) {
        if (finding(tolerance) != Finding.OPEN) {
            return OptionalLong.of(0);
        }
        Probe all = probes.get(probes.size() - 1);
        double rate = all.examined() == 0 ? 0 : (double) all.broken() / all.examined();
        for (int more = 1; more <= MOST_MORE; more += Math.max(1, more / 64)) {
            int examined = all.examined() + more;
            Probe then = new Probe(all.attack(), examined, (int) Math.round(rate * examined));
            double share = (double) robust / examples;
            if (share * lowerRate(List.of(then)) > tolerance
                    || share * upperRate(List.of(then), robust) < DiagnosticsBudget.RESOLUTION) {
                return OptionalLong.of(more);
            }
        }
        return OptionalLong.empty();
    }

    /**
     * Returns how many of the robust examples were examined by at least one probe.
     *
     * @return the number; 0 without probes
     */
    public int examined() {
        return probes.isEmpty() ? 0 : probes.get(0).examined();
    }

    /**
     * Returns the best guess, between the bounds.
     *
     * @return the overstatement as a share of all examples, estimated by the strongest probe that was tried
     */
    public double estimate() {
        double rate = 0;
        for (Probe probe : probes) {
            if (probe.examined() > 0) {
                rate = (double) probe.broken() / probe.examined();
            }
        }
        return Math.max(lower, Math.min(upper, rate * robust / examples));
    }

    /**
     * Says it in a sentence.
     *
     * @return a full sentence
     */
    public String statement() {
        String sentence = sentence();
        return sentence.substring(0, 1).toUpperCase(Locale.ROOT) + sentence.substring(1) + ".";
    }

    /**
     * Says it as a text.
     *
     * @return a sentence without full stop, in lower case
     */
    public String sentence() {
        if (robust == 0 && certified > 0) {
            return "every image that withstands the attacks at epsilon %s is certified, so nothing is overstated"
                    .formatted(Double.toString(epsilon));
        }
        if (robust == 0) {
            return "no image is robust at epsilon %s, so nothing is overstated".formatted(Double.toString(epsilon));
        }
        if (probes.isEmpty()) {
            return "the plan contains attacks as strong as AutoAttack, so no stronger ones were tried";
        }
        if (lower >= MENTIONED) {
            return String.format(
                    Locale.ROOT,
                    "stronger attacks would lower the robust accuracy by %.1f to %.1f points (95 %%)",
                    100 * lower,
                    100 * upper);
        }
        double share = (double) robust / examples;
        return upper >= share
                ? "stronger attacks were not tried often enough to bound what they would break"
                : String.format(
                        Locale.ROOT,
                        "stronger attacks would break at most %.1f %% of the %s images and lower the robust accuracy by at most %.1f points (95 %%)",
                        100 * upper / share,
                        certified > 0 ? "undecided" : "robust",
                        100 * upper);
    }
}

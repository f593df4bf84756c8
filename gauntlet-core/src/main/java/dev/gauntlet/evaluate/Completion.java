package dev.gauntlet.evaluate;

import java.util.Locale;
import java.util.Optional;

/**
 * Why an evaluation ended.
 *
 * @param reason the reason
 * @param planned how many examples the plan has; the report may have fewer
 * @param question what was to be settled, if anything was
 * @param explanation what a reader has to know about it, as full sentences; empty if there is nothing to say
 */
public record Completion(Reason reason, int planned, Optional<DecisionGoal> question, String explanation) {
    /** The reasons. */
    public enum Reason {
        /** Every example was evaluated. */
        COMPLETE,
        /** The time was up. */
        TIME_LIMIT,
        /** The backward passes were used up. */
        GRADIENT_LIMIT,
        /** The question was settled. */
        DECIDED;

        /**
         * Returns the name used in records.
         *
         * @return the name, such as {@code time-limit}
         */
        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }

    /**
     * Makes the ordinary ending.
     *
     * @param planned how many examples were evaluated
     * @return the ending
     */
    public static Completion complete(int planned) {
        return new Completion(Reason.COMPLETE, planned, Optional.empty(), "");
    }

    /** Says where a question stands after some examples. */
    static Completion asked(DecisionGoal question, Interval rate, int planned, int population) {
        boolean yes = rate.lower() >= question.accuracy();
        boolean settled = yes || rate.upper() < question.accuracy();
        String measured = String.format(
                Locale.ROOT,
                "after %,d of %,d images: %.2f %%, 95 %% confidence sequence %.2f - %.2f %%",
                rate.trials(),
                planned,
                100 * rate.rate(),
                100 * rate.lower(),
                100 * rate.upper());
        if (settled) {
            return new Completion(
                    rate.trials() < planned ? Reason.DECIDED : Reason.COMPLETE,
                    planned,
                    Optional.of(question),
                    String.format(
                            Locale.ROOT,
                            "The accuracy at epsilon %s is %s %.2f %% (%s).",
                            question.epsilon(),
                            yes ? "at least" : "below",
                            100 * question.accuracy(),
                            measured));
        }
        long needed = ConfidenceSequence.needed(rate.rate(), question.accuracy());
        long images = Math.max(needed, rate.trials() + 1);
        return new Completion(
                Reason.COMPLETE,
                planned,
                Optional.of(question),
                String.format(
                                Locale.ROOT,
                                "Whether the accuracy at epsilon %s is at least %.2f %% is not settled (%s). ",
                                question.epsilon(),
                                100 * question.accuracy(),
                                measured)
                        + (needed == 0
                                ? "The rate is too close to it to be settled by any number of images."
                                : String.format(
                                                Locale.ROOT,
                                                "About %,d images in total would settle it if the rate stays the same",
                                                images)
                                        + (images <= population
                                                ? "."
                                                : String.format(
                                                        Locale.ROOT, ", but the data set has only %,d.", population))));
    }

    /** Tells whether the examples are fewer than planned. */
    boolean early() {
        return reason != Reason.COMPLETE;
    }
}

package dev.gauntlet.diagnose;

import dev.gauntlet.GauntletException;
import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;

/**
 * What came out of looking for one sign.
 *
 * @param indicator the sign
 * @param outcome whether it was seen
 * @param value what was measured, as the finding says; 0 if nothing was
 * @param threshold beyond which value the sign counts as seen
 * @param finding what was measured in words, or why nothing could be measured, as a sentence
 */
public record Diagnostic(WarningSign indicator, Outcome outcome, double value, double threshold, String finding) {
    public Diagnostic {
        if (!Double.isFinite(value) || !Double.isFinite(threshold)) {
            throw new GauntletException(
                    "value is %s and threshold is %s; both are finite.".formatted(value, threshold));
        }
    }

    /** Whether a sign was seen. */
    public enum Outcome {
        /** It was looked for and not seen. */
        QUIET,
        /** It was seen. */
        RAISED,
        /** It could not be looked for. */
        NOT_MEASURED;

        /**
         * Returns the name used in records.
         *
         * @return the name, such as {@code not-measured}
         */
        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }

    /**
     * Makes the result of a measurement.
     *
     * @param indicator the sign
     * @param raised whether it was seen
     * @param value what was measured
     * @param threshold beyond which value the sign counts as seen
     * @param finding the measurement in words
     * @return the diagnostic
     */
    public static Diagnostic measured(
            WarningSign indicator, boolean raised, double value, double threshold, String finding) {
        return new Diagnostic(indicator, raised ? Outcome.RAISED : Outcome.QUIET, value, threshold, finding);
    }

    /**
     * Makes the result of a measurement that could not be made.
     *
     * @param indicator the sign
     * @param reason why not, as a sentence
     * @return the diagnostic
     */
    public static Diagnostic notMeasured(WarningSign indicator, String reason) {
        return new Diagnostic(indicator, Outcome.NOT_MEASURED, 0, 0, reason);
    }

    /**
     * Tells whether the sign was seen.
     *
     * @return whether it was
     */
    public boolean raised() {
        return outcome == Outcome.RAISED;
    }

    /**
     * Judges an evaluation by its diagnostics.
     *
     * @param diagnostics what was looked for
     * @return the worst of the signs that were seen; limited if nothing was looked for
     */
    public static Trust verdict(Collection<Diagnostic> diagnostics) {
        if (diagnostics.isEmpty()) {
            return Trust.LIMITED;
        }
        return diagnostics.stream()
                .filter(Diagnostic::raised)
                .map(diagnostic -> diagnostic.indicator().severity())
                .max(Comparator.naturalOrder())
                .orElse(Trust.TRUSTWORTHY);
    }
}

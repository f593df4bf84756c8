package dev.gauntlet.diagnose;

import dev.gauntlet.GauntletException;
import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;

/**
 * The outcome of measuring one warning sign.
 *
 * @param indicator the sign
 * @param outcome whether it was raised
 * @param value the measured value; 0 if nothing was measured
 * @param threshold the value beyond which the sign is raised
 * @param finding the measurement, or why there is none, as a sentence
 */
public record Diagnostic(WarningSign indicator, Outcome outcome, double value, double threshold, String finding) {
    public Diagnostic {
        if (!Double.isFinite(value) || !Double.isFinite(threshold)) {
            throw new GauntletException(
                    "value and threshold must be finite, got %s and %s.".formatted(value, threshold));
        }
    }

    /** Whether a sign was raised. */
    public enum Outcome {
        /** The sign was measured and is not raised. */
        QUIET,
        /** The sign is raised. */
        RAISED,
        /** The sign could not be measured. */
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
     * Creates the result of a measurement.
     *
     * @param indicator the sign
     * @param raised whether the sign is raised
     * @param value the measured value
     * @param threshold the value beyond which the sign is raised
     * @param finding the measurement, as a sentence
     * @return the diagnostic
     */
    public static Diagnostic measured(
            WarningSign indicator, boolean raised, double value, double threshold, String finding) {
        return new Diagnostic(indicator, raised ? Outcome.RAISED : Outcome.QUIET, value, threshold, finding);
    }

    /**
     * Creates the result of a sign that could not be measured.
     *
     * @param indicator the sign
     * @param reason the reason, as a sentence
     * @return the diagnostic
     */
    public static Diagnostic notMeasured(WarningSign indicator, String reason) {
        return new Diagnostic(indicator, Outcome.NOT_MEASURED, 0, 0, reason);
    }

    /**
     * Tells whether the sign is raised.
     *
     * @return whether it is raised
     */
    public boolean raised() {
        return outcome == Outcome.RAISED;
    }

    /**
     * Judges an evaluation by its diagnostics.
     *
     * @param diagnostics the outcomes of all signs
     * @return the worst severity of the raised signs; limited if there are no diagnostics
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

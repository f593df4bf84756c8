package dev.gauntlet.request;

import dev.gauntlet.Choices;
import dev.gauntlet.GauntletException;
import java.util.List;
import java.util.Locale;

/**
 * How much an evaluation may spend on finding out what its number is worth, and how exact that has to be.
 *
 * <p>The budget is counted in passes of the model, never in seconds, so that the same request gives the same verdict on every
 * machine.
 *
 * <p>Example: {@code DiagnosticsBudget.AUTOMATIC.withEffort(DiagnosticsBudget.Effort.FULL)}.
 *
 * @param effort what is spent
 * @param tolerance the overstatement of the robust accuracy that is tolerated, above 0 and at most 0.02; an evaluation is
 *     suspect if it certainly overstates the robust accuracy by more
 */
public record DiagnosticsBudget(Effort effort, double tolerance) {
    /** Half a point of robust accuracy. */
    public static final double DEFAULT_TOLERANCE = 0.005;

    /** An evaluation is trustworthy only if it certainly overstates the robust accuracy by less than this. */
    public static final double RESOLUTION = 0.02;

    /** A quarter of the cost of the attacks, and a tolerance of half a point. */
    public static final DiagnosticsBudget AUTOMATIC = new DiagnosticsBudget(Effort.AUTO, DEFAULT_TOLERANCE);

    public DiagnosticsBudget {
        if (!(tolerance > 0 && tolerance <= RESOLUTION)) {
            throw new GauntletException(
                    "The tolerated overstatement must be above 0 and at most %s, such as 0.005 for half a point, got %s."
                            .formatted(RESOLUTION, tolerance));
        }
    }

    /**
     * Returns the same budget with another effort.
     *
     * @param other what is spent
     * @return the budget
     */
    public DiagnosticsBudget withEffort(Effort other) {
        return new DiagnosticsBudget(other, tolerance);
    }

    /** What the diagnostics may spend. */
    public enum Effort {
        /** No pass after the attacks; the verdict is limited at best. */
        OFF,
        /** At most a quarter of the passes of the attacks, and nothing once the evaluation is suspect or invalid. */
        AUTO,
        /** Whatever it takes to measure every sign and to settle the overstatement. */
        FULL;

        /** The share of the attacks' own passes that {@link #AUTO} spends at most. */
        public static final double SHARE = 0.25;

        private static final Choices<Effort> BY_NAME =
                Choices.of("effort of the diagnostics", List.of(values()), Effort::toString);

        /**
         * Reads an effort.
         *
         * @param name the name as a user wrote it: {@code off}, {@code auto} or {@code full}
         * @return the effort
         * @throws GauntletException if there is none of this name
         */
        public static Effort parse(String name) {
            return BY_NAME.parse(name.strip());
        }

        /**
         * Returns the number of passes that may be spent.
         *
         * @param attacks the forward and backward passes of the attacks
         * @return the passes, forward and backward
         */
        public long passes(long attacks) {
            return switch (this) {
                case OFF -> 0;
                case AUTO -> (long) (SHARE * attacks);
                case FULL -> Long.MAX_VALUE;
            };
        }

        /**
         * Returns the name used in plans, in records and on the command line.
         *
         * @return the name, such as {@code auto}
         */
        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }
}

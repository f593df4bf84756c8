package dev.gauntlet.request;

import dev.gauntlet.Choices;
import dev.gauntlet.GauntletException;
import dev.gauntlet.certify.Certifier;
import dev.gauntlet.certify.Certifiers;
import dev.gauntlet.threat.LpBall;
import java.util.List;
import java.util.Locale;

/**
 * When and how an evaluation proves that examples are robust.
 *
 * <p>Example: {@code new Certificates(Certificates.Moment.FIRST, "crown")}.
 *
 * @param moment when the certifier works
 * @param certifier the certifier with the options that differ from its defaults, such as {@code complete:domains=500}; this
 *     program may not have it, as the record of another program's run does
 */
public record Certificates(Moment moment, String certifier) {
    /** When the certifier works. */
    public enum Moment {
        /** Before the attacks, which are not run on what is certified. */
        FIRST,
        /** After the attacks, on the examples that withstand them. */
        AFTER;

        private static final Choices<Moment> BY_NAME =
                Choices.of("moment of the certificates", List.of(values()), Moment::toString);

        /**
         * Reads a moment.
         *
         * @param name the name as a user wrote it: {@code first} or {@code after}
         * @return the moment
         * @throws GauntletException if there is none of this name
         */
        public static Moment parse(String name) {
            return BY_NAME.parse(name.strip());
        }

        /**
         * Returns the name used in plans, in records and on the command line.
         *
         * @return the name, such as {@code first}
         */
        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * Refers to a certifier with all its options.
     *
     * @param moment when it works
     * @param certifier the certifier
     * @return the certificates
     */
    public static Certificates of(Moment moment, Certifier certifier) {
        return new Certificates(moment, Certifiers.written(certifier));
    }

    /**
     * Refuses budgets with which nothing can be certified.
     *
     * @param balls the budgets, with that of the clean images
     * @throws GauntletException if none is above 0
     */
    public static void requireBudget(List<LpBall> balls) {
        if (balls.stream().allMatch(ball -> ball.epsilon() == 0)) {
            throw new GauntletException("Certificates need an epsilon above 0; without one, omit them.");
        }
    }

    /**
     * Finds the certifier.
     *
     * @return the certifier
     * @throws GauntletException if this program has no such certifier or option
     */
    public Certifier known() {
        return Certifiers.parse(certifier);
    }
}

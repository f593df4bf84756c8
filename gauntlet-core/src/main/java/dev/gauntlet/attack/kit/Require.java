package dev.gauntlet.attack.kit;

import dev.gauntlet.GauntletException;

/**
 * Validates the options of attacks.
 *
 * <p>Each check throws an exception that names the option and quotes the value. NaN is never in range.
 *
 * <p>Example: {@code Require.atLeast(1, steps, "PGD", "step")}.
 */
public final class Require {
    private Require() {}

    /**
     * Requires a minimum count.
     *
     * @param least the smallest count allowed
     * @param count the count
     * @param attack the attack as the subject of a sentence, such as {@code PGD}
     * @param what the noun of the count, such as {@code step}
     * @throws GauntletException such as "PGD requires at least 1 step, got 0."
     */
    public static void atLeast(int least, int count, String attack, String what) {
        that(count >= least, "%s requires at least %d %s, got %d.".formatted(attack, least, what, count));
    }

    /**
     * Requires a finite number of at least a bound.
     *
     * @param least the smallest number allowed
     * @param number the number
     * @param option the option as the subject of a sentence, such as {@code The overshoot of DeepFool}
     * @throws GauntletException such as "The overshoot of DeepFool must be at least 0, got -1.0."
     */
    public static void atLeast(double least, double number, String option) {
        that(
                number >= least && Double.isFinite(number),
                "%s must be at least %s, got %s.".formatted(option, text(least), number));
    }

    /**
     * Requires a finite number above a bound.
     *
     * @param bound the exclusive lower bound
     * @param number the number
     * @param option the option as the subject of a sentence
     * @throws GauntletException such as "The learning rate of SPSA must be above 0, got 0.0."
     */
    public static void above(double bound, double number, String option) {
        that(
                number > bound && Double.isFinite(number),
                "%s must be above %s, got %s.".formatted(option, text(bound), number));
    }

    /**
     * Requires a number of at least 0 and at most 1.
     *
     * @param number the number
     * @param option the option as the subject of a sentence
     * @throws GauntletException such as "The decay of MI-FGSM must be at least 0 and at most 1, got 2.0."
     */
    public static void share(double number, String option) {
        that(number >= 0 && number <= 1, "%s must be at least 0 and at most 1, got %s.".formatted(option, number));
    }

    /**
     * Requires a number above 0 and at most 1.
     *
     * @param number the number
     * @param option the option as the subject of a sentence
     * @throws GauntletException such as "The p of Square must be above 0 and at most 1, got 0.0."
     */
    public static void positiveShare(double number, String option) {
        that(number > 0 && number <= 1, "%s must be above 0 and at most 1, got %s.".formatted(option, number));
    }

    /**
     * Requires a number above 0 and below 1.
     *
     * @param number the number
     * @param option the option as the subject of a sentence
     * @throws GauntletException such as "The gamma of DDN must be above 0 and below 1, got 1.0."
     */
    public static void properShare(double number, String option) {
        that(number > 0 && number < 1, "%s must be above 0 and below 1, got %s.".formatted(option, number));
    }

    /**
     * Requires a condition.
     *
     * @param holds whether the option is acceptable
     * @param message the error, as a full sentence
     * @throws GauntletException with the message
     */
    public static void that(boolean holds, String message) {
        if (!holds) {
            throw new GauntletException(message);
        }
    }

    private static String text(double bound) {
        return bound == Math.rint(bound) ? Long.toString((long) bound) : Double.toString(bound);
    }
}

package dev.gauntlet.attack.kit;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Explains an option of an attack and its range to people who choose attacks by name.
 *
 * <p>It annotates a component of the attack's record; the record's constructor checks the range.
 *
 * <p>Example: {@code record MyAttack(@OptionMeaning(value = "The number of steps", min = 1) int steps)}.
 */
@Target(ElementType.RECORD_COMPONENT)
@Retention(RetentionPolicy.RUNTIME)
public @interface OptionMeaning {
    /**
     * Returns the meaning of the option.
     *
     * @return a sentence without a full stop
     */
    String value();

    /**
     * Returns the smallest value.
     *
     * @return the smallest value; NaN if there is none
     */
    double min() default Double.NaN;

    /**
     * Returns the largest value.
     *
     * @return the largest value; NaN if there is none
     */
    double max() default Double.NaN;

    /**
     * Returns the exclusive lower bound.
     *
     * @return the exclusive lower bound of the value; NaN if it has none
     */
    double above() default Double.NaN;

    /**
     * Returns the exclusive upper bound.
     *
     * @return the exclusive upper bound of the value; NaN if it has none
     */
    double below() default Double.NaN;
}

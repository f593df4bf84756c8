package dev.gauntlet.attack;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * What an option of an attack means and which values it takes, for people who choose attacks by name.
 *
 * <p>It describes a component of the attack's record; the record's constructor refuses what is out of the range.
 */
@Target(ElementType.RECORD_COMPONENT)
@Retention(RetentionPolicy.RUNTIME)
@interface Explained {
    /** Returns what the option means, in one sentence without a full stop. */
    String value();

    /** Returns the smallest value; NaN if there is none. */
    double min() default Double.NaN;

    /** Returns the largest value; NaN if there is none. */
    double max() default Double.NaN;

    /** Returns what the value is larger than; NaN if there is no such bound. */
    double above() default Double.NaN;

    /** Returns what the value is smaller than; NaN if there is no such bound. */
    double below() default Double.NaN;
}

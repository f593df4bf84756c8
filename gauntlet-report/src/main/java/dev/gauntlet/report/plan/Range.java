package dev.gauntlet.report.plan;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** The numbers that a key of a plan takes. */
@Target(ElementType.RECORD_COMPONENT)
@Retention(RetentionPolicy.RUNTIME)
@interface Range {
    /** Returns the bound below. */
    double from();

    /** Tells whether the bound itself is too small. */
    boolean above() default false;

    /** Returns the largest number. */
    double to() default Double.POSITIVE_INFINITY;
}

package dev.gauntlet.junit;

import dev.gauntlet.diagnose.Trust;
import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * A robustness test with its requirement in an annotation; the method has a parameter {@link RobustnessCheck} and passes
 * model and data to it.
 *
 * <p>A method that does not use its check fails, because it tests nothing.
 *
 * <p>Example:
 *
 * <pre>{@code
 * @RobustnessTest(against = "linf:8/255", with = "pgd:steps=40", atLeast = 0.4)
 * void isRobustAgainstPgd(RobustnessCheck check) {
 *     check.of(model, testData);
 * }
 * }</pre>
 */
@Test
@ExtendWith(RobustnessExtension.class)
@Documented
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
public @interface RobustnessTest {
    /**
     * The budget.
     *
     * @return norm and radius, such as {@code linf:8/255}
     */
    String against();

    /**
     * The attacks, in the notation of the command line.
     *
     * @return the attacks in their order, such as {@code pgd:steps=40}
     */
    String[] with();

    /**
     * The required robust accuracy.
     *
     * @return the share, in [0,1]
     */
    double atLeast();

    /**
     * The size of the stratified random sample that is attacked.
     *
     * @return the number, at least 1; all examples if there are no more
     */
    int examples() default Integer.MAX_VALUE;

    /**
     * The seed of every random choice.
     *
     * @return any number
     */
    long seed() default 0;

    /**
     * The forbidden trust level of the evaluation; worse levels are forbidden, too.
     *
     * @return limited, suspect or invalid; trustworthy forbids nothing
     */
    Trust forbid() default Trust.TRUSTWORTHY;

    /**
     * Whether the test is aborted instead of failed if the result is inconclusive.
     *
     * @return whether it is
     */
    boolean allowInconclusive() default false;
}

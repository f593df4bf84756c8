package dev.gauntlet.threat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.gauntlet.RandomKey;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class NormTest {
    @ParameterizedTest
    @CsvSource({"LINF, .5", "L2, .75", "L1, 1.25", "L0, 3"})
    void measuresTheChangeOfTheExampleAlone(Norm norm, double expected) {
        float[] a = {9, 0, .5f, 1, .75f, 9};
        float[] b = {0, .25f, .5f, .5f, .25f, 0};
        float[] change = {9, -.25f, 0, .5f, .5f, 9};
        assertThat(norm.distance(a, b, 1, 4)).isEqualTo(expected);
        assertThat(norm.distance(b, a, 1, 4)).isEqualTo(expected);
        assertThat(norm.size(change, 1, 4)).isEqualTo(expected);
        assertThat(norm.distance(a, a, 0, 6)).isZero();
        assertThat(norm.distance(a, b, 2, 0)).isZero();
        assertThat(norm.size(a, 2, 0)).isZero();
    }

    @Test
    void measuresInDoublePrecision() {
        float a = .1f;
        float b = .3f;
        double change = (double) b - (double) a;
        assertThat(Norm.LINF.distance(new float[] {a}, new float[] {b}, 0, 1)).isEqualTo(change);
        assertThat(Norm.L1.distance(new float[] {a, a}, new float[] {b, b}, 0, 2))
                .isEqualTo(2 * change);
        assertThat(Norm.L2.distance(new float[] {a, a, a, a}, new float[] {b, b, b, b}, 0, 4))
                .isEqualTo(2 * change);
    }

    @ParameterizedTest
    @EnumSource(Norm.class)
    void whatIsNotANumberIsInfinitelyFar(Norm norm) {
        float[] clean = {0, 0, 0};
        for (int at = 0; at < 3; at++) {
            float[] changed = {.1f, .2f, .3f};
            changed[at] = Float.NaN;
            assertThat(norm.distance(clean, changed, 0, 3)).isEqualTo(Double.POSITIVE_INFINITY);
            assertThat(norm.distance(changed, clean, 0, 3)).isEqualTo(Double.POSITIVE_INFINITY);
            assertThat(norm.distance(changed, changed, 0, 3)).isEqualTo(Double.POSITIVE_INFINITY);
            assertThat(norm.size(changed, 0, 3)).isEqualTo(Double.POSITIVE_INFINITY);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"LINF", "L2", "L1"})
    void neitherTinyNorHugeNumbersAreLost(Norm norm) {
        float[] tiny = {Float.MIN_VALUE, 0};
        float[] huge = {0, -Float.MAX_VALUE};
        assertThat(norm.size(tiny, 0, 2)).isEqualTo(Float.MIN_VALUE);
        assertThat(norm.size(huge, 0, 2)).isEqualTo(Float.MAX_VALUE);
        assertThat(norm.distance(tiny, new float[2], 0, 2)).isEqualTo(Float.MIN_VALUE);
        assertThat(norm.distance(huge, new float[2], 0, 2)).isEqualTo(Float.MAX_VALUE);
    }

    @Test
    void l0CountsEveryChangeAndOnlyChanges() {
        float[] a = {0, 0, 1, .5f};
        float[] b = {Float.MIN_VALUE, -0f, 0, .5f};
        assertThat(Norm.L0.distance(a, b, 0, 4)).isEqualTo(2);
        assertThat(Norm.L0.size(b, 0, 4)).isEqualTo(2);
    }

    @Test
    void theDualBoundsALinearFunction() {
        assertThat(Norm.LINF.dual()).isEqualTo(Norm.L1);
        assertThat(Norm.L1.dual()).isEqualTo(Norm.LINF);
        assertThat(Norm.L2.dual()).isEqualTo(Norm.L2);
        assertThat(Norm.L0.dual()).isEqualTo(Norm.LINF);
    }

    @ParameterizedTest
    @EnumSource(Norm.class)
    void theLargestDistanceIsFromBlackToWhite(Norm norm) {
        float[] white = {1, 1, 1, 1, 1};
        assertThat(norm.largest(5)).isEqualTo(norm.distance(new float[5], white, 0, 5));
    }

    @Test
    void namesAreThoseOfRecordsAndOfPeople() {
        assertThat(Norm.values()).extracting(Norm::id).containsExactly("linf", "l2", "l1", "l0");
        assertThat(Norm.values()).extracting(Norm::title).containsExactly("L-infinity", "L2", "L1", "L0");
    }

    @Test
    void linfStepsAlongTheSignAndLeavesPixelsWithoutGradient() {
        float[] gradient = {3, -1e-30f, 0, -0f, Float.MIN_VALUE, -Float.MAX_VALUE};
        assertThat(steepest(Norm.LINF, gradient)).containsExactly(1, -1, 0, -0f, 1, -1);
    }

    @ParameterizedTest
    @CsvSource({"1", "1e-6", "1e-30", "1e-45", "3e38"})
    void l2StepsHaveSize1HoweverSmallTheGradient(float scale) {
        float[] direction = steepest(Norm.L2, new float[] {scale, 0, -scale, scale, scale});
        assertThat(direction).containsExactly(.5f, 0, -.5f, .5f, .5f);
    }

    @ParameterizedTest
    @EnumSource(names = {"L1", "L0"})
    void l1AndL0StepsChangeOnePixelTheFirstOnTies(Norm norm) {
        assertThat(steepest(norm, new float[] {1, -2, 2, -2, 0})).containsExactly(0, -1, 0, 0, 0);
        assertThat(steepest(norm, new float[] {0, 0, Float.MIN_VALUE})).containsExactly(0, 0, 1);
    }

    @ParameterizedTest
    @EnumSource(Norm.class)
    void aGradientOfZerosLeadsNowhere(Norm norm) {
        assertThat(steepest(norm, new float[3])).containsExactly(0, 0, 0);
    }

    @ParameterizedTest
    @EnumSource(Norm.class)
    void aStepMayOverwriteTheGradientAndTouchesNoOtherExample(Norm norm) {
        float[] gradient = {7, 0, -8, 7};
        norm.steepest(gradient, 1, 2, gradient);
        assertThat(gradient).containsExactly(7, 0, -1, 7);
    }

    /** No direction of the same size gains more: that is Hölder's inequality. */
    @ParameterizedTest
    @EnumSource(Norm.class)
    void theSteepestStepGainsTheDualNorm(Norm norm) {
        for (int trial = 0; trial < 1000; trial++) {
            SplittableRandom random = random("steepest", norm, trial);
            float[] gradient = Hard.normal(random, 1 + random.nextInt(30));
            float[] direction = steepest(norm, gradient);
            double gain = 0;
            for (int i = 0; i < gradient.length; i++) {
                gain += (double) gradient[i] * direction[i];
            }
            double most = norm.dual().size(gradient, 0, gradient.length);
            assertThat(gain).as("trial %d", trial).isCloseTo(most, within(1e-7 * most));
            if (most > 0) {
                assertThat(norm.size(direction, 0, direction.length)).isCloseTo(1, within(1e-7));
            }
        }
    }

    private static float[] steepest(Norm norm, float[] gradient) {
        float[] direction = new float[gradient.length];
        norm.steepest(gradient, 0, gradient.length, direction);
        return direction;
    }

    private static SplittableRandom random(String test, Norm norm, int trial) {
        return RandomKey.of(4).with(test).with(norm.id()).with(trial).generator();
    }
}

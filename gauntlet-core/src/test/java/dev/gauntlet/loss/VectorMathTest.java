package dev.gauntlet.loss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class VectorMathTest {
    /** SLEEF promises less than 1 unit in the last place; for every float that a softmax can meet. */
    @Test
    void theFunctionsAreRightToTheLastPlace() {
        SplittableRandom random = new SplittableRandom(1);
        for (int i = 0; i < 200_000; i++) {
            float power = (float) (-87 * random.nextDouble());
            double exact = Math.exp(power);
            assertThat((double) VectorMath.exp(power)).isCloseTo(exact, within((double) Math.ulp((float) exact)));
            float number = (float) (1 + 1000 * random.nextDouble());
            double logarithm = Math.log(number);
            assertThat((double) VectorMath.log(number))
                    .isCloseTo(logarithm, within((double) Math.ulp((float) logarithm)));
        }
        assertThat(VectorMath.exp(0)).isEqualTo(1);
        assertThat(VectorMath.exp(-0f)).isEqualTo(1);
        assertThat(VectorMath.log(1)).isZero();
    }

    @Test
    void tinyExponentialsFallToZeroGradually() {
        assertThat(VectorMath.exp(-103)).isEqualTo(Float.MIN_VALUE);
        assertThat(VectorMath.exp(-105)).isZero();
        assertThat(VectorMath.exp(-1e30f)).isZero();
        assertThat(VectorMath.exp(Float.NEGATIVE_INFINITY)).isZero();
    }

    /** 2^24 + 1 rounds to 2^24, so every order of additions that differs gives another sum. */
    @Test
    void addsInEightLanes() {
        float large = 1 << 24;
        // one after another each 1 is lost; in lanes they meet before they meet the large number
        assertThat(VectorMath.sum(new float[] {large, 1, 1, 1, 1, 1, 1, 1}, 8)).isEqualTo(large + 6);
        assertThat(VectorMath.sum(new float[] {large, 1, 1, 1, 1, 1, 1}, 8)).isEqualTo(large);
        // the ninth number is added to the first lane, the tenth to the second
        assertThat(VectorMath.sum(new float[] {large, 0, 0, 0, 0, 0, 0, 0, 1, 0}, 8))
                .isEqualTo(large);
        assertThat(VectorMath.sum(new float[] {large, 1, 0, 0, 0, 0, 0, 0, 0, 1}, 8))
                .isEqualTo(large + 2);
        float[] numbers = new float[1000];
        IntStream.range(0, numbers.length).forEach(i -> numbers[i] = i % 8 == 3 ? 1 : 0);
        assertThat(VectorMath.sum(numbers, 8)).isEqualTo(125);
    }
}

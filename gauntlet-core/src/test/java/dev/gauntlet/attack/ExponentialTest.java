package dev.gauntlet.attack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ExponentialTest {
    @Test
    void itIsTheExponentialFunction() {
        SplittableRandom random = new SplittableRandom(1);
        for (int i = 0; i < 100_000; i++) {
            double x = random.nextDouble(-40, 40);
            double expected = StrictMath.exp(x);
            assertThat(Exponential.of(x)).as("%s", x).isCloseTo(expected, within(5e-16 * expected));
        }
        assertThat(Exponential.of(0)).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(doubles = {708, 1000, Double.MAX_VALUE, Double.POSITIVE_INFINITY})
    void itEndsWhereTheNumbersEnd(double x) {
        assertThat(Exponential.of(x)).isCloseTo(StrictMath.exp(708), within(1e-12 * StrictMath.exp(708)));
        assertThat(Exponential.of(-x)).isCloseTo(StrictMath.exp(-708), within(1e-12 * StrictMath.exp(-708)));
    }

    @Test
    void itIsNoNumberForNone() {
        assertThat(Exponential.of(Double.NaN)).isNaN();
    }

    @Test
    void theLogisticFunctionIsBetween0And1() {
        assertThat(Exponential.logistic(0)).isEqualTo(.5);
        assertThat(Exponential.logistic(3)).isCloseTo(1 - Exponential.logistic(-3), within(1e-15));
        assertThat(Exponential.logistic(1000)).isEqualTo(1);
        assertThat(Exponential.logistic(-1000)).isBetween(0.0, 1e-300);
    }
}

package dev.gauntlet.loss;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LogitDifferenceTest {
    private static final Loss LOSS = new LogitDifference(1);

    @Test
    void isTheOtherLogitLessTheTrueOne() {
        float[] derivative = {9, 9, 9};
        assertThat(LOSS.valueAndDerivative(new float[] {2, 7, -1}, 0, 3, 2, derivative))
                .isEqualTo(8);
        assertThat(derivative).containsExactly(0, 1, -1);
        assertThat(LOSS.name()).isEqualTo("logit-difference-1");
    }

    @Test
    void isZeroForAnExampleOfTheOtherClass() {
        float[] derivative = {9, 9, 9};
        assertThat(LOSS.valueAndDerivative(new float[] {2, 7, -1}, 0, 3, 1, derivative))
                .isZero();
        assertThat(derivative).containsExactly(0, 0, 0);
    }

    @Test
    void logitsOfAnySizeKeepTheirDifference() {
        float largest = Float.MAX_VALUE;
        assertThat(LOSS.value(new float[] {-largest, largest}, 0, 2, 0)).isEqualTo(2.0 * largest);
    }

    @Test
    void towardsATargetComparesTheTarget() {
        assertThat(LOSS.towards(2)).isEqualTo(new LogitDifference(2));
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 3, 4, 10})
    void agreesWithItsDefinitionAndItsCentralDifferences(int classes) {
        CentralDifferences.agree(LOSS, (logits, label) -> logits[1] - logits[label], classes);
    }
}

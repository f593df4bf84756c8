package dev.gauntlet.loss;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MarginTest {
    private static final Loss LOSS = new Margin();

    @Test
    void isBelowZeroWhenTheTrueClassIsAhead() {
        float[] derivative = new float[4];
        assertThat(LOSS.valueAndDerivative(new float[] {1, 5, 2.5f, 0}, 0, 4, 1, derivative))
                .isEqualTo(-2.5);
        assertThat(derivative).containsExactly(0, -1, 1, 0);
    }

    @Test
    void isAboveZeroWhenAnotherClassIsAhead() {
        float[] derivative = {9, 9, 9, 9};
        assertThat(LOSS.valueAndDerivative(new float[] {1, 5, 2.5f, 0}, 0, 4, 3, derivative))
                .isEqualTo(5);
        assertThat(derivative).containsExactly(0, 1, 0, -1);
    }

    @Test
    void theOtherClassIsFoundWhereAllLogitsAreNegative() {
        // multiplying the true logit by 0 instead of leaving it out would make it the largest
        float[] derivative = new float[3];
        assertThat(LOSS.valueAndDerivative(new float[] {-1, -7, -4}, 0, 3, 0, derivative))
                .isEqualTo(-3);
        assertThat(derivative).containsExactly(-1, 0, 1);
        assertThat(LOSS.value(new float[] {-3e38f, -2e38f}, 0, 2, 1)).isEqualTo((double) -3e38f - -2e38f);
    }

    @Test
    void aTieWithTheTrueClassIsNeitherAboveNorBelowZero() {
        float[] derivative = new float[3];
        assertThat(LOSS.valueAndDerivative(new float[] {2, 2, 1}, 0, 3, 1, derivative))
                .isZero();
        assertThat(derivative).containsExactly(1, -1, 0);
    }

    @Test
    void ofTiedOtherClassesTheLowestHasTheDerivative() {
        float[] derivative = new float[4];
        assertThat(LOSS.valueAndDerivative(new float[] {0, 3, 1, 3}, 0, 4, 0, derivative))
                .isEqualTo(3);
        assertThat(derivative).containsExactly(-1, 1, 0, 0);
    }

    @Test
    void keepsItsDerivativeHoweverConfidentTheModelIs() {
        float[] derivative = new float[2];
        assertThat(LOSS.valueAndDerivative(new float[] {1e5f, -1e5f}, 0, 2, 0, derivative))
                .isEqualTo(-2e5);
        assertThat(derivative).containsExactly(-1, 1);
    }

    @Test
    void logitsOfAnySizeKeepTheirDifference() {
        float largest = Float.MAX_VALUE;
        assertThat(LOSS.value(new float[] {-largest, largest}, 0, 2, 0)).isEqualTo(2.0 * largest);
        assertThat(LOSS.value(new float[] {16777216, 1}, 0, 2, 0)).isEqualTo(-16777215);
    }

    @Test
    void towardsATargetItIsTheLeadOfTheTarget() {
        Loss towards = LOSS.towards(2);
        float[] logits = {1, 5, 2.5f, 0};
        float[] derivative = new float[4];
        assertThat(towards.name()).isEqualTo("margin-towards-2");
        assertThat(towards.valueAndDerivative(logits, 0, 4, 0, derivative)).isEqualTo(-2.5);
        assertThat(towards.value(logits, 0, 4, 3)).isEqualTo(-2.5);
        assertThat(derivative[1]).isEqualTo(-1);
        assertThat(derivative[2]).isEqualTo(1);
        assertThat(Math.abs(derivative[0]) + Math.abs(derivative[3])).isZero();
        assertThat(towards.value(new float[] {1, 2, 4, 3}, 0, 4, 0)).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 3, 4, 10})
    void agreesWithItsDefinitionAndItsCentralDifferences(int classes) {
        CentralDifferences.agree(LOSS, MarginTest::margin, classes);
        CentralDifferences.agree(LOSS.towards(1), (logits, label) -> -margin(logits, 1), classes);
    }

    private static double margin(double[] logits, int label) {
        double[] others = logits.clone();
        others[label] = Double.NEGATIVE_INFINITY;
        return Arrays.stream(others).max().orElseThrow() - logits[label];
    }
}

package dev.gauntlet.loss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.gauntlet.GauntletException;
import java.util.Arrays;
import java.util.stream.DoubleStream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DlrTest {
    private static final Loss LOSS = new Dlr();

    /** What the 1e-12 in the denominator may change in the examples by hand. */
    private static final Offset<Double> ALMOST = within(1e-11);

    private static final Offset<Float> ROUNDING = within(1e-7f);

    @ParameterizedTest
    @CsvSource({
        // the largest logits are 8, 6, 4 and 1, so the denominator is 4
        "1, -0.5", // -(8 - 6) / 4
        "3, 0.5", // -(6 - 8) / 4
        "0, 1", // -(4 - 8) / 4
        "2, 1.75", // -(1 - 8) / 4
    })
    void hasTheValuesOfAHandComputedExample(int label, double expected) {
        assertThat(LOSS.value(new float[] {4, 8, 1, 6}, 0, 4, label)).isCloseTo(expected, ALMOST);
    }

    @ParameterizedTest
    @CsvSource({
        // right: -(z1 - z3) / (z1 - z0); the derivative by z1 is -(z3 - z0) / 16, by z3 1 / 4, by z0 -(z1 - z3) / 16
        "1, -0.125, -0.125, 0, 0.25",
        // second: -(z3 - z1) / (z1 - z0)
        "3, 0.125, 0.125, 0, -0.25",
        // third: the loss is 1 whatever the logits are, but for the 1e-12
        "0, 0, 0, 0, 0",
        // below: -(z2 - z1) / (z1 - z0); the derivative by z1 is (z2 - z0) / 16, by z0 (z1 - z2) / 16, by z2 -1 / 4
        "2, 0.4375, -0.1875, -0.25, 0",
    })
    void hasTheDerivativesOfAHandComputedExample(int label, float by0, float by1, float by2, float by3) {
        float[] derivative = {9, 9, 9, 9};
        LOSS.valueAndDerivative(new float[] {4, 8, 1, 6}, 0, 4, label, derivative);
        assertThat(derivative).containsExactly(new float[] {by0, by1, by2, by3}, ROUNDING);
    }

    @ParameterizedTest
    @CsvSource({
        // the largest logits are 8, 6, 4 and 1, so the denominator is 8 - 2.5
        "1, 2, -7", // -(8 - 1)
        "1, 3, -2", // -(8 - 6)
        "3, 1, 2", // -(6 - 8)
        "4, 0, 8", // -(-4 - 4)
        "0, 0, 0",
    })
    void towardsATargetHasTheValuesOfAHandComputedExample(int label, int target, double numerator) {
        Loss towards = LOSS.towards(target);
        assertThat(towards.name()).isEqualTo("dlr-towards-" + target);
        assertThat(towards.value(new float[] {4, 8, 1, 6, -4}, 0, 5, label)).isCloseTo(numerator / 5.5, ALMOST);
    }

    @Test
    void towardsATargetHasTheDerivativeOfAHandComputedExample() {
        // (z2 - z1) / (z1 - (z0 + z2) / 2) is -7 / 5.5
        float[] derivative = {9, 9, 9, 9, 9};
        LOSS.towards(2).valueAndDerivative(new float[] {4, 8, 1, 6, -4}, 0, 5, 1, derivative);
        float square = 5.5f * 5.5f;
        assertThat(derivative)
                .containsExactly(new float[] {-3.5f / square, 1.5f / square, 2 / square, 0, 0}, within(1e-7f));
    }

    @ParameterizedTest
    @ValueSource(ints = {3, 4, 10})
    void agreesWithItsDefinitionAndItsCentralDifferences(int classes) {
        CentralDifferences.agree(LOSS, DlrTest::dlr, classes);
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 10})
    void towardsATargetAgreesWithItsDefinitionAndItsCentralDifferences(int classes) {
        for (int target = 0; target < 4; target++) {
            int t = target;
            CentralDifferences.agree(LOSS.towards(t), (logits, label) -> targetedDlr(logits, label, t), classes);
        }
    }

    @ParameterizedTest
    @ValueSource(floats = {0x1p-10f, 0x1p10f, 0x1p100f, 0x1p124f})
    void doesNotChangeWithTheScaleOfTheLogits(float scale) {
        for (Loss loss : new Loss[] {LOSS, LOSS.towards(0), LOSS.towards(4)}) {
            float[] logits = {4, 8, 1, 6, -4};
            float[] scaled = new float[5];
            for (int k = 0; k < 5; k++) {
                scaled[k] = logits[k] * scale;
            }
            float[] derivative = new float[5];
            float[] derivativeOfScaled = new float[5];

            double value = loss.valueAndDerivative(logits, 0, 5, 2, derivative);
            double valueOfScaled = loss.valueAndDerivative(scaled, 0, 5, 2, derivativeOfScaled);

            assertThat(valueOfScaled).isCloseTo(value, within(1e-8));
            for (int k = 0; k < 5; k++) {
                // a derivative below the smallest normal number has fewer digits
                assertThat((double) derivativeOfScaled[k] * scale)
                        .as("%s, derivative by logit %d", loss.name(), k)
                        .isCloseTo(derivative[k], within(1e-5));
            }
        }
    }

    @Test
    void doesNotChangeWhenAllLogitsMove() {
        float[] moved = {4 + 1024, 8 + 1024, 1 + 1024, 6 + 1024};
        assertThat(LOSS.value(moved, 0, 4, 2)).isEqualTo(LOSS.value(new float[] {4, 8, 1, 6}, 0, 4, 2));
    }

    @Test
    void keepsItsDerivativeHoweverConfidentTheModelIs() {
        float[] derivative = new float[4];
        assertThat(LOSS.valueAndDerivative(new float[] {1000, 1, 2, 0}, 0, 4, 0, derivative))
                .isCloseTo(-998.0 / 999, ALMOST);
        assertThat(derivative[2]).isCloseTo(1 / 999f, within(1e-9f));
        assertThat(derivative[0]).isCloseTo(-1 / 999f / 999, within(1e-12f));
    }

    @Test
    void theLargestLogitsThereAreDoNotOverflow() {
        float largest = Float.MAX_VALUE;
        float[] logits = {largest, -largest, -largest, -largest};
        float[] derivative = new float[4];
        assertThat(LOSS.valueAndDerivative(logits, 0, 4, 2, derivative)).isEqualTo(1);
        assertThat(derivative).containsOnly(0);
        assertThat(LOSS.value(logits, 0, 4, 0)).isEqualTo(-1);
        assertThat(LOSS.towards(2).valueAndDerivative(logits, 0, 4, 0, derivative))
                .isEqualTo(-1);
        assertThat((double) derivative[2]).isCloseTo(0.25 / largest, within(1e-3 / largest));
    }

    @Test
    void threeTiedLeadersGiveAFiniteDerivativeAsSteepAsFloatsCanBe() {
        float[] derivative = new float[4];
        assertThat(LOSS.valueAndDerivative(new float[] {1e38f, 1e38f, 1e38f, -1e38f}, 0, 4, 3, derivative))
                .isCloseTo(2e50, within(1e44));
        assertThat(derivative).containsExactly(-Float.MAX_VALUE, 0, Float.MAX_VALUE, -1e12f);
    }

    @Test
    void allLogitsTiedAreALossOfZeroWithTheDerivativeOfTheLowerClassFirst() {
        float[] derivative = new float[4];
        assertThat(LOSS.valueAndDerivative(new float[] {2, 2, 2, 2}, 0, 4, 0, derivative))
                .isZero();
        assertThat(derivative).containsExactly(-1e12f, 1e12f, 0, 0);
        assertThat(LOSS.valueAndDerivative(new float[] {2, 2, 2, 2}, 0, 4, 2, derivative))
                .isZero();
        assertThat(derivative).containsExactly(1e12f, 0, -1e12f, 0);
        assertThat(LOSS.towards(3).valueAndDerivative(new float[] {2, 2, 2, 2}, 0, 4, 2, derivative))
                .isZero();
        assertThat(derivative).containsExactly(0, 0, -1e12f, 1e12f);
    }

    @Test
    void twoClassesAreRefused() {
        assertThatThrownBy(() -> LOSS.value(new float[2], 0, 2, 0))
                .isInstanceOf(GauntletException.class)
                .hasMessage("The loss dlr requires at least 3 classes, but this model has 2; use the loss margin.");
        assertThatThrownBy(() -> LOSS.valueAndDerivative(new float[2], 0, 2, 0, new float[2]))
                .isInstanceOf(GauntletException.class);
    }

    @Test
    void threeClassesAreRefusedTowardsATarget() {
        Loss towards = LOSS.towards(1);
        assertThatThrownBy(() -> towards.value(new float[3], 0, 3, 0))
                .isInstanceOf(GauntletException.class)
                .hasMessage(
                        "The targeted loss dlr requires at least 4 classes, but this model has 3; use the loss margin.");
        assertThatThrownBy(() -> towards.valueAndDerivative(new float[3], 0, 3, 0, new float[3]))
                .isInstanceOf(GauntletException.class);
    }

    private static double dlr(double[] logits, int label) {
        double[] others = logits.clone();
        others[label] = Double.NEGATIVE_INFINITY;
        double[] ranked = descending(logits);
        return -(logits[label] - Arrays.stream(others).max().orElseThrow()) / (ranked[0] - ranked[2] + 1e-12);
    }

    private static double targetedDlr(double[] logits, int label, int target) {
        double[] ranked = descending(logits);
        return -(logits[label] - logits[target]) / (ranked[0] - (ranked[2] + ranked[3]) / 2 + 1e-12);
    }

    private static double[] descending(double[] logits) {
        return DoubleStream.of(logits).map(z -> -z).sorted().map(z -> -z).toArray();
    }
}

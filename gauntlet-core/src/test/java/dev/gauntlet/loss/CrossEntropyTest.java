package dev.gauntlet.loss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.gauntlet.RandomKey;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class CrossEntropyTest {
    private static final CrossEntropy LOSS = new CrossEntropy();

    @Test
    void hasTheValueAndDerivativeOfAHandComputedExample() {
        // the exponentials are 1, 2 and 5, so the probabilities are 1/8, 2/8 and 5/8
        float[] logits = {0, (float) Math.log(2), (float) Math.log(5)};
        float[] derivative = new float[3];
        assertThat(LOSS.valueAndDerivative(logits, 0, 3, 1, derivative)).isCloseTo(Math.log(4), within(1e-7));
        assertThat(derivative[0]).isCloseTo(1 / 8f, within(1e-7f));
        assertThat(derivative[1]).isCloseTo(-6 / 8f, within(1e-7f));
        assertThat(derivative[2]).isCloseTo(5 / 8f, within(1e-7f));
    }

    @Test
    void equalLogitsGiveTheLogarithmOfTheNumberOfClasses() {
        assertThat(LOSS.valueAndDerivative(new float[] {3, 3, 3, 3}, 0, 4, 2, new float[4]))
                .isCloseTo(Math.log(4), within(1e-15));
    }

    @Test
    void readsAndWritesItsOwnRowOnly() {
        float[] logits = {9, 9, 0, 0, 9, 9};
        float[] derivative = {7, 7, 7, 7, 7, 7};
        assertThat(LOSS.valueAndDerivative(logits, 2, 2, 0, derivative)).isCloseTo(Math.log(2), within(1e-15));
        assertThat(derivative).containsExactly(7, 7, -.5f, .5f, 7, 7);
    }

    @Test
    void aConfidentRightAnswerStillHasALossAndADerivative() {
        // 1 - p of the true class is 2 exp(-60), far below the rounding of doubles near 1
        double tail = 2 * Math.exp(-60);
        float[] derivative = new float[3];
        double loss = LOSS.valueAndDerivative(new float[] {60, 0, 0}, 0, 3, 0, derivative);
        assertThat(loss).isCloseTo(tail, within(1e-12 * tail));
        assertThat((double) derivative[0]).isCloseTo(-tail, within(1e-6 * tail));
        assertThat((double) derivative[1]).isCloseTo(tail / 2, within(1e-6 * tail));
        assertThat((double) derivative[2]).isCloseTo(tail / 2, within(1e-6 * tail));
    }

    @Test
    void aConfidentWrongAnswerHasALargeLoss() {
        float[] derivative = new float[2];
        assertThat(LOSS.valueAndDerivative(new float[] {-500, 500}, 0, 2, 0, derivative))
                .isCloseTo(1000, within(1e-9));
        assertThat(derivative).containsExactly(-1, 1);
    }

    @Test
    void logitsOfAnySizeStayFinite() {
        for (float size : new float[] {1e4f, 1e20f, Float.MAX_VALUE}) {
            float[] derivative = new float[2];
            assertThat(LOSS.valueAndDerivative(new float[] {size, -size}, 0, 2, 1, derivative))
                    .isCloseTo(2.0 * size, within(1e-9 * size));
            assertThat(derivative).containsExactly(1, -1);
        }
    }

    @Test
    void theDerivativeAgreesWithCentralDifferencesInDouble() {
        long seed = 20261122;
        SplittableRandom random = RandomKey.of(seed).with("cross-entropy").generator();
        for (int round = 0; round < 200; round++) {
            int classes = random.nextInt(2, 12);
            int label = random.nextInt(classes);
            float[] logits = new float[classes];
            for (int k = 0; k < classes; k++) {
                logits[k] = (float) random.nextDouble(-8, 8);
            }
            float[] derivative = new float[classes];
            double value = LOSS.valueAndDerivative(logits, 0, classes, label, derivative);
            String repeat = "seed %d, round %d".formatted(seed, round);
            assertThat(value).as(repeat).isCloseTo(reference(logits, label, 0, 0), within(1e-12));
            for (int k = 0; k < classes; k++) {
                double step = 1e-5;
                double difference =
                        (reference(logits, label, k, step) - reference(logits, label, k, -step)) / (2 * step);
                assertThat((double) derivative[k]).as(repeat).isCloseTo(difference, within(1e-7));
            }
        }
    }

    /** The definition, written down naively, with one logit moved. */
    private static double reference(float[] logits, int label, int moved, double by) {
        double sum = 0;
        for (int k = 0; k < logits.length; k++) {
            sum += Math.exp(logits[k] + (k == moved ? by : 0));
        }
        return Math.log(sum) - (logits[label] + (label == moved ? by : 0));
    }
}

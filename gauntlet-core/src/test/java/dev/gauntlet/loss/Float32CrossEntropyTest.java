package dev.gauntlet.loss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class Float32CrossEntropyTest {
    private static final Loss EXACT = new CrossEntropy();
    private static final Loss ROUNDED = new Float32CrossEntropy();

    @Test
    void agrees_with_the_exact_loss_where_no_digits_are_lost() {
        float[] logits = {9, 1, -.5f, 2, 9};
        float[] exact = new float[5];
        float[] rounded = new float[5];

        double value = ROUNDED.valueAndDerivative(logits, 1, 3, 1, rounded);

        assertThat(value).isEqualTo(EXACT.valueAndDerivative(logits, 1, 3, 1, exact));
        for (int k = 0; k < 5; k++) {
            assertThat((double) rounded[k]).as("derivative %d", k).isCloseTo(exact[k], within(2e-7));
        }
    }

    @Test
    void forgets_the_true_class_of_a_confident_prediction_as_PyTorch_does() {
        float[] logits = {20, 0};
        float[] exact = new float[2];
        float[] rounded = new float[2];

        EXACT.valueAndDerivative(logits, 0, 2, 0, exact);
        ROUNDED.valueAndDerivative(logits, 0, 2, 0, rounded);

        // 1 - exp(-20) is nearer to 1 than any other 32-bit float
        assertThat(rounded[0]).isZero();
        assertThat(rounded[1]).isEqualTo((float) Math.exp(-20));
        assertThat(exact[0]).isEqualTo(-exact[1]).isNegative();
    }
}

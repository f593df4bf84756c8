package dev.gauntlet.loss;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LogitDifferenceTest {
    private static final Loss LOSS = new LogitDifference(1);

    @Test
    void is_the_other_logit_less_the_true_one() {
        float[] derivative = {9, 9, 9};
        assertThat(LOSS.valueAndDerivative(new float[] {2, 7, -1}, 0, 3, 2, derivative))
                .isEqualTo(8);
        assertThat(derivative).containsExactly(0, 1, -1);
        assertThat(LOSS.name()).isEqualTo("logit-difference-1");
    }

    @Test
    void is_zero_for_an_example_of_the_other_class() {
        float[] derivative = {9, 9, 9};
        assertThat(LOSS.valueAndDerivative(new float[] {2, 7, -1}, 0, 3, 1, derivative))
                .isZero();
        assertThat(derivative).containsExactly(0, 0, 0);
    }

    @Test
    void logits_of_any_size_keep_their_difference() {
        float largest = Float.MAX_VALUE;
        assertThat(LOSS.value(new float[] {-largest, largest}, 0, 2, 0)).isEqualTo(2.0 * largest);
    }

    @Test
    void towards_a_target_compares_the_target() {
        assertThat(LOSS.towards(2)).isEqualTo(new LogitDifference(2));
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 3, 4, 10})
    void agrees_with_its_definition_and_its_central_differences(int classes) {
        CentralDifferences.agree(LOSS, (logits, label) -> logits[1] - logits[label], classes);
    }
}

package dev.gauntlet.loss;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LogitTest {
    private static final Loss LOSS = new Logit(1);

    @Test
    void isTheLogitWhateverTheLabel() {
        for (int label = 0; label < 3; label++) {
            float[] derivative = {9, 9, 9};
            assertThat(LOSS.valueAndDerivative(new float[] {2, 7, -1}, 0, 3, label, derivative))
                    .isEqualTo(7);
            assertThat(derivative).containsExactly(0, 1, 0);
        }
        assertThat(LOSS.name()).isEqualTo("logit-1");
    }

    @Test
    void towardsATargetIsTheTargetSLogit() {
        assertThat(LOSS.towards(2)).isEqualTo(new Logit(2));
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 3, 4, 10})
    void agreesWithItsDefinitionAndItsCentralDifferences(int classes) {
        CentralDifferences.agree(LOSS, (logits, label) -> logits[1], classes);
    }
}

package dev.gauntlet.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.gauntlet.GauntletException;
import org.junit.jupiter.api.Test;

class LogitsTest {
    private static final float INFINITY = Float.POSITIVE_INFINITY;

    @Test
    void predictsTheLargestLogitOfARow() {
        Logits logits = new Logits(3, new float[] {-1, 5, 2, -3, -2, -1});
        assertThat(logits.size()).isEqualTo(2);
        assertThat(logits.prediction(0)).isEqualTo(1);
        assertThat(logits.prediction(1)).isEqualTo(2);
    }

    @Test
    void predictsTheLowestIndexOnTies() {
        assertThat(new Logits(3, new float[] {1, 4, 4}).prediction(0)).isEqualTo(1);
        assertThat(new Logits(3, new float[] {0, -0f, 0}).prediction(0)).isZero();
    }

    @Test
    void theConfidenceIsTheSoftmaxProbabilityOfThePrediction() {
        float ln3 = (float) Math.log(3);
        Logits logits = new Logits(2, new float[] {ln3, 0, 7, 7, 1000, -1000});
        assertThat(logits.confidence(0)).isCloseTo(.75, within(1e-7));
        assertThat(logits.confidence(1)).isEqualTo(.5);
        assertThat(logits.confidence(2)).isEqualTo(1);
    }

    @Test
    void noticesWhatIsNotFiniteInItsOwnRowOnly() {
        Logits logits = new Logits(2, new float[] {1, 2, Float.NaN, 0, 0, INFINITY, -INFINITY, 0});
        assertThat(logits.isFinite(0)).isTrue();
        assertThat(logits.isFinite(1)).isFalse();
        assertThat(logits.isFinite(2)).isFalse();
        assertThat(logits.isFinite(3)).isFalse();
    }

    @Test
    void refusesWhatIsNoTableOfAtLeastTwoClasses() {
        assertThatThrownBy(() -> new Logits(1, new float[4]))
                .isInstanceOf(GauntletException.class)
                .hasMessageContaining("has 1");
        assertThatThrownBy(() -> new Logits(3, new float[4]))
                .isInstanceOf(GauntletException.class)
                .hasMessageContaining("4 logits")
                .hasMessageContaining("3 classes");
    }
}

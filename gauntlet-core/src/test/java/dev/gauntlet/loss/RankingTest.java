package dev.gauntlet.loss;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class RankingTest {
    @Test
    void listsTheClassesFromTheLargestLogitDown() {
        float[] logits = {99, 1, 5, -2, 7, 3, 99};
        assertThat(Ranking.largest(logits, 1, 5, 3)).containsExactly(3, 1, 4);
        assertThat(Ranking.largest(logits, 1, 5, 5)).containsExactly(3, 1, 4, 0, 2);
    }

    @Test
    void ofEqualLogitsTheLowerClassComesFirst() {
        assertThat(Ranking.largest(new float[] {0, 2, -0f, 2, 0}, 0, 5, 4)).containsExactly(1, 3, 0, 2);
    }

    @Test
    void aNaNComesBeforeAnyNumber() {
        float[] logits = {Float.POSITIVE_INFINITY, Float.NaN, 3, Float.NaN};
        assertThat(Ranking.largest(logits, 0, 4, 3)).containsExactly(1, 3, 0);
    }

    @Test
    void theExceptedClassIsPassedOver() {
        assertThat(Ranking.largestExcept(2, new float[] {-5, -3, -1}, 0, 3)).isEqualTo(1);
        assertThat(Ranking.largestExcept(0, new float[] {-5, -3, -1}, 0, 3)).isEqualTo(2);
    }
}

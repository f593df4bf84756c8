package dev.gauntlet.threat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gauntlet.GauntletException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LpBallTest {
    @Test
    void allows_what_is_inside_with_room_for_float_rounding() {
        LpBall ball = LpBall.linf(.3);
        assertThat(ball.norm()).isEqualTo(Norm.LINF);
        assertThat(ball.allows(0)).isTrue();
        assertThat(ball.allows(.3f)).isTrue();
        assertThat(ball.allows(.30001)).isFalse();
        assertThat(ball.allows(Double.POSITIVE_INFINITY)).isFalse();
        assertThat(ball.allows(Double.NaN)).isFalse();
    }

    @Test
    void the_ball_of_radius_0_allows_no_change_at_all() {
        assertThat(LpBall.linf(0).allows(0)).isTrue();
        assertThat(LpBall.linf(0).allows(Double.MIN_VALUE)).isFalse();
    }

    @Test
    void measures_with_its_norm() {
        assertThat(LpBall.linf(.1).distance(new float[] {0, 1}, new float[] {.5f, .75f}, 0, 2))
                .isEqualTo(.5);
    }

    @ParameterizedTest
    @ValueSource(doubles = {-.1, 1.1, 8, Double.NaN, Double.POSITIVE_INFINITY})
    void refuses_a_radius_outside_the_unit_interval(double epsilon) {
        assertThatThrownBy(() -> LpBall.linf(epsilon))
                .isInstanceOf(GauntletException.class)
                .hasMessageContaining("Epsilon " + epsilon)
                .hasMessageContaining("raw pixel units");
    }
}

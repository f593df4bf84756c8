package dev.gauntlet.threat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gauntlet.GauntletException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class LpBallTest {
    @Test
    void allowsWhatIsInsideWithRoomForFloatRounding() {
        LpBall ball = LpBall.linf(.3);
        assertThat(ball.norm()).isEqualTo(Norm.LINF);
        assertThat(ball.allows(0)).isTrue();
        assertThat(ball.allows(.3f)).isTrue();
        assertThat(ball.allows(.30001)).isFalse();
        assertThat(ball.allows(Double.POSITIVE_INFINITY)).isFalse();
        assertThat(ball.allows(Double.NaN)).isFalse();
    }

    @Test
    void theBallOfRadius0AllowsNoChangeAtAll() {
        assertThat(LpBall.linf(0).allows(0)).isTrue();
        assertThat(LpBall.linf(0).allows(Double.MIN_VALUE)).isFalse();
    }

    @ParameterizedTest
    @ValueSource(doubles = {-.1, 1.1, 8, Double.NaN, Double.POSITIVE_INFINITY})
    void refusesARadiusOutsideTheUnitInterval(double epsilon) {
        assertThatThrownBy(() -> LpBall.linf(epsilon))
                .isInstanceOf(GauntletException.class)
                .hasMessageContaining("Epsilon " + epsilon)
                .hasMessageContaining("raw pixel units");
    }

    @ParameterizedTest
    @EnumSource(names = {"L2", "L1"})
    void l2AndL1HaveRoomInProportionToTheRadius(Norm norm) {
        LpBall ball = new LpBall(norm, 200);
        assertThat(ball.allows(200)).isTrue();
        assertThat(ball.allows(200 * (1 + 5e-7))).isTrue();
        assertThat(ball.allows(200 * (1 + 5e-6))).isFalse();
        assertThat(new LpBall(norm, 1e-6).allows(1.1e-6)).isFalse();
        assertThat(new LpBall(norm, 0).allows(0)).isTrue();
        assertThat(new LpBall(norm, 0).allows(Double.MIN_VALUE)).isFalse();
        assertThat(new LpBall(norm, Double.MAX_VALUE).allows(Double.POSITIVE_INFINITY))
                .isFalse();
    }

    @Test
    void l0IsCountedWithoutTolerance() {
        assertThat(LpBall.l0(3).allows(3)).isTrue();
        assertThat(LpBall.l0(3).allows(4)).isFalse();
    }

    @Test
    void factoriesNameTheirNorm() {
        assertThat(LpBall.l2(2)).isEqualTo(new LpBall(Norm.L2, 2));
        assertThat(LpBall.l1(2)).isEqualTo(new LpBall(Norm.L1, 2));
        assertThat(LpBall.l0(2)).isEqualTo(new LpBall(Norm.L0, 2));
    }

    @ParameterizedTest
    @CsvSource({"L2, -1", "L1, NaN", "L0, Infinity", "L2, Infinity"})
    void refusesWhatIsNoRadius(Norm norm, double epsilon) {
        assertThatThrownBy(() -> new LpBall(norm, epsilon))
                .isInstanceOf(GauntletException.class)
                .hasMessage("Epsilon %s is not a valid radius in %s; give a finite number of at least 0."
                        .formatted(epsilon, norm.title()));
    }

    @Test
    void refusesPartOfAnInput() {
        assertThatThrownBy(() -> new LpBall(Norm.L0, 2.5))
                .isInstanceOf(GauntletException.class)
                .hasMessage("Epsilon 2.5 is not an integer; in L0 it counts the inputs that may change.");
    }

    @Test
    void isReadAsTheFieldWritesIt() {
        assertThat(LpBall.parse("linf:8/255")).isEqualTo(LpBall.linf(8 / 255.0));
        assertThat(LpBall.parse("L2:0.5")).isEqualTo(LpBall.l2(.5));
        assertThat(LpBall.parse("l0:3")).isEqualTo(LpBall.l0(3));
        for (String bad : new String[] {"8/255", "linf:", "linf:a/b", "linf:1/2/3", "lfin:0.1", "linf:2", "linf:1/0"}) {
            assertThatThrownBy(() -> LpBall.parse(bad)).as(bad).isInstanceOf(GauntletException.class);
        }
    }
}

package dev.gauntlet.attack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.gauntlet.GauntletException;
import dev.gauntlet.attack.kit.AttackResult;
import dev.gauntlet.attack.kit.Problem;
import dev.gauntlet.data.Batch;
import dev.gauntlet.testkit.ArrayDataset;
import dev.gauntlet.testkit.LinearModel;
import dev.gauntlet.threat.Norm;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FmnTest {
    /** Class 1 wins as soon as 3 x0 + 4 x1 exceeds 3.75; the gradient has the direction (.6, .8). */
    private static final LinearModel BINARY = new LinearModel(new double[][] {{0, 0}, {3, 4}}, 3.75, 0);

    /** The margin is -1.25. */
    private static final Batch ONE =
            ArrayDataset.of(2, new int[] {0}, new float[] {.5f, .25f}).all();

    /** After one step of size 1, which would reach (1.1, 1.05), the ball decides: 1.4 times the linear distance. */
    @ParameterizedTest
    @CsvSource({
        "LINF, .75, .5", // 1.4 * 1.25 / 7 = .25 each
        "L2, .71, .53", // 1.4 * 1.25 / 5 = .35 along (.6, .8)
        "L1, .61875, .56875", // 1.4 * 1.25 / 4 = .4375, after .48125 is taken off (.6, .8)
        "L0, 1, 1" // the number of inputs grows from 1 to 2
    })
    void theFirstStepGoesALittleBeyondWhereALinearModelGivesWay(Norm norm, float first, float second) {
        AttackResult result = new Fmn(1, 1, 1, .4, .4).nearest(BINARY, Problem.of(ONE, norm));
        assertThat(result.success()).containsExactly(true);
        assertThat(result.pixels()[0]).isCloseTo(first, within(1e-6f));
        assertThat(result.pixels()[1]).isCloseTo(second, within(1e-6f));
    }

    @Test
    void aSuccessShrinksTheBallAndAFailureAfterItGrowsIt() {
        // at distances .35, then .35 * .6 = .21, which fails, then .21 * 1.4 = .294, from which on all fail
        double[] expected = {.35, .35, .294, .294};
        for (int steps = 1; steps <= 4; steps++) {
            AttackResult result = new Fmn(steps, 1, 1, .4, .4).nearest(BINARY, Problem.of(ONE, Norm.L2));
            assertThat(Norm.L2.distance(ONE.pixels(), result.pixels(), 0, 2))
                    .isCloseTo(expected[steps - 1], within(1e-6));
        }
    }

    @Test
    void refusesWhatMakesNoSense() {
        assertThatThrownBy(() -> new Fmn(0, 1, .01, .05, .001))
                .isInstanceOf(GauntletException.class)
                .hasMessage("FMN requires at least 1 step, got 0.");
        for (double[] alpha : new double[][] {{1, 0}, {1, 2}, {Double.NaN, 1}, {Double.POSITIVE_INFINITY, 1}}) {
            assertThatThrownBy(() -> new Fmn(1, alpha[0], alpha[1], .05, .001))
                    .isInstanceOf(GauntletException.class)
                    .hasMessage(
                            "The alpha of FMN must not increase and must stay above 0, got %s and then %s.",
                            alpha[0], alpha[1]);
        }
        for (double[] gamma : new double[][] {{.5, 0}, {.1, .2}, {1, .1}, {.1, Double.NaN}}) {
            assertThatThrownBy(() -> new Fmn(1, 1, .01, gamma[0], gamma[1]))
                    .isInstanceOf(GauntletException.class)
                    .hasMessage(
                            "The gamma of FMN must start below 1, must not increase and must stay above 0, got %s and then %s.",
                            gamma[0], gamma[1]);
        }
    }

    @Test
    void tellsItsOptions() {
        assertThat(Fmn.defaults().options())
                .containsOnly(
                        Map.entry("steps", "100"),
                        Map.entry("initial-alpha", "1.0"),
                        Map.entry("final-alpha", "0.01"),
                        Map.entry("initial-gamma", "0.05"),
                        Map.entry("final-gamma", "0.001"));
        assertThat(Attacks.parse("fmn:steps=1000,initial-alpha=10")).isEqualTo(new Fmn(1000, 10, .01, .05, .001));
    }
}

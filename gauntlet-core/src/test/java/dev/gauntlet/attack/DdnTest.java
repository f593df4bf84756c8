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
import dev.gauntlet.testkit.TwoLayerModel;
import dev.gauntlet.threat.Norm;
import java.util.Map;
import org.junit.jupiter.api.Test;

class DdnTest {
    /** Class 1 wins as soon as 3 x0 + 4 x1 exceeds 3.75; the gradient has the direction (.6, .8). */
    private static final LinearModel BINARY = new LinearModel(new double[][] {{0, 0}, {3, 4}}, 3.75, 0);

    /** The distance is .25, the gap of 1.25 over the length 5 of the weights. */
    private static final Batch ONE =
            ArrayDataset.of(2, new int[] {0}, new float[] {.5f, .25f}).all();

    @Test
    void aFailureMakesThePerturbationLonger() {
        AttackResult result = new Ddn(1, .25, .25, 0).nearest(BINARY, Problem.of(ONE, Norm.L2));
        // .25 * 1.25 along (.6, .8)
        assertThat(result.success()).containsExactly(true);
        assertThat(result.pixels()).containsExactly(.6875f, .5f);
    }

    @Test
    void aSuccessMakesThePerturbationShorter() {
        AttackResult result = new Ddn(2, .25, .3, 0).nearest(BINARY, Problem.of(ONE, Norm.L2));
        // .3 * 1.25 * .75 along (.6, .8), which is still a success
        double length = .3 * 1.25 * .75;
        assertThat(result.pixels()[0]).isCloseTo((float) (.5 + .6 * length), within(1e-6f));
        assertThat(result.pixels()[1]).isCloseTo((float) (.25 + .8 * length), within(1e-6f));
    }

    @Test
    void theNearestSuccessIsKeptAndNotTheLastPoint() {
        // the third point is at .3 * 1.25 * .75 * .75 = .21 and fails, whichever step comes last
        AttackResult result = new Ddn(3, .25, .3, 0).nearest(BINARY, Problem.of(ONE, Norm.L2));
        assertThat(result.success()).containsExactly(true);
        assertThat(distance(result)).isCloseTo(.28125, within(1e-6));
    }

    @Test
    void theLengthIsNoMoreThanTheBoxHasRoomFor() {
        LinearModel far = new LinearModel(new double[][] {{0, 0}, {3, 4}}, 6.9, 0);
        // the corner (1, 1) is at .9, so the length is .9 and not 4; clipping then makes it shorter still
        AttackResult result = new Ddn(1, .5, 4, 0).nearest(far, Problem.of(ONE, Norm.L2));
        assertThat(result.success()).containsExactly(false);
        assertThat(result.pixels()).containsExactly(.5f, .25f);
        assertThat(new Ddn(100, .05, 4, 0)
                        .nearest(far, Problem.of(ONE, Norm.L2))
                        .success())
                .containsExactly(true);
    }

    @Test
    void whereTheGradientIsZeroItLeavesInARandomDirection() {
        // between 0.25 and 0.75 the model is sure of class 0 and flat; outside, on either side, class 1 wins
        TwoLayerModel plateau = new TwoLayerModel(
                new double[][] {{1, 0}, {-1, 0}},
                new double[] {-.75, .25},
                new double[][] {{0, 0}, {9, 9}},
                new double[] {1, 0});
        float[] middle = {.5f, .5f};
        Batch batch = ArrayDataset.of(2, new int[] {0, 0, 0, 0, 0, 0}, middle, middle, middle, middle, middle, middle)
                .all();
        AttackResult result = new Ddn(300, .05, .5, 0).nearest(plateau, Problem.of(batch, Norm.L2));
        assertThat(result.success()).containsOnly(true);
        int up = 0;
        for (int row = 0; row < batch.size(); row++) {
            up += result.pixels()[2 * row] > .5 ? 1 : 0;
        }
        // the examples are equal, but their ids are not
        assertThat(up).isBetween(1, 5);
        AttackResult alone =
                new Ddn(300, .05, .5, 0).nearest(plateau, Problem.of(batch.select(new int[] {4}), Norm.L2));
        assertThat(alone.pixels()).containsExactly(result.pixels()[8], result.pixels()[9]);
    }

    @Test
    void roundsEveryPixelToOneOfTheLevels() {
        AttackResult result = new Ddn(300, .05, 1, 11).nearest(BINARY, Problem.of(ONE, Norm.L2));
        assertThat(result.success()).containsOnly(true);
        for (float pixel : result.pixels()) {
            assertThat(pixel).isEqualTo(Math.round(pixel * 10) / 10f);
        }
    }

    @Test
    void leavesTheGreyLevelsOfAn8BitImageAsTheyAre() {
        float[] grey = new float[256];
        for (int level = 0; level < grey.length; level++) {
            grey[level] = level / 255f;
        }
        // only the first pixel matters, and it ends as the first level above a half
        double[][] weights = new double[2][256];
        weights[1][0] = 1;
        AttackResult result = new Ddn(300, .05, 1, 256)
                .nearest(
                        new LinearModel(weights, .5, 0),
                        Problem.of(ArrayDataset.of(2, new int[] {0}, grey).all(), Norm.L2));
        float[] expected = grey.clone();
        expected[0] = 128 / 255f;
        assertThat(result.pixels()).containsExactly(expected);
    }

    @Test
    void refusesWhatMakesNoSense() {
        assertThatThrownBy(() -> new Ddn(0, .05, 1, 0))
                .isInstanceOf(GauntletException.class)
                .hasMessage("DDN requires at least 1 step, got 0.");
        for (double gamma : new double[] {0, 1, -.1, Double.NaN}) {
            assertThatThrownBy(() -> new Ddn(1, gamma, 1, 0))
                    .isInstanceOf(GauntletException.class)
                    .hasMessage("The gamma of DDN must be above 0 and below 1, got " + gamma + ".");
        }
        for (double norm : new double[] {0, -1, Double.NaN, Double.POSITIVE_INFINITY}) {
            assertThatThrownBy(() -> new Ddn(1, .05, norm, 0))
                    .isInstanceOf(GauntletException.class)
                    .hasMessage("The initial norm of DDN, a length, must be above 0, got " + norm + ".");
        }
        for (int levels : new int[] {-1, 1}) {
            assertThatThrownBy(() -> new Ddn(1, .05, 1, levels))
                    .isInstanceOf(GauntletException.class)
                    .hasMessageEndingWith("got " + levels + ".");
        }
    }

    @Test
    void tellsItsOptions() {
        assertThat(Ddn.defaults().options())
                .containsOnly(
                        Map.entry("steps", "100"),
                        Map.entry("gamma", "0.05"),
                        Map.entry("initial-norm", "1.0"),
                        Map.entry("levels", "0"));
        assertThat(Attacks.parse("ddn:steps=1000,levels=256")).isEqualTo(new Ddn(1000, .05, 1, 256));
    }

    private static double distance(AttackResult result) {
        return Norm.L2.distance(ONE.pixels(), result.pixels(), 0, 2);
    }
}

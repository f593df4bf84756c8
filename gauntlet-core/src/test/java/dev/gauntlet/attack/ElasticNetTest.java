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
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ElasticNetTest {
    /** Class 1 wins as soon as 3 x0 + 4 x1 exceeds 3.75. */
    private static final LinearModel BINARY = new LinearModel(new double[][] {{0, 0}, {3, 4}}, 3.75, 0);

    @ParameterizedTest
    @CsvSource({
        // pixel, clean, shrunk by .1
        ".75, .5, .65",
        ".25, .5, .35",
        ".59, .5, .5",
        ".41, .5, .5",
        "1.05, .5, .95",
        "1.3, .5, 1",
        "-.05, .5, .05",
        "-.3, .5, 0",
        "-.09, 0, 0",
        "-.3, 0, 0",
        "1.3, 1, 1"
    })
    void aPixelGoesBackByBetaAndIntoTheBox(double pixel, double clean, double shrunk) {
        assertThat(ElasticNet.shrunk(pixel, clean, .1)).isCloseTo(shrunk, within(1e-12));
    }

    @Test
    void theFirstStepsAreAsComputedByHand() {
        Recorder model = new Recorder(BINARY);
        Batch one = ArrayDataset.of(2, new int[] {0}, new float[] {.25f, .125f}).all();
        new ElasticNet(1, 4, .02, 1, .065, false).nearest(model, Problem.of(one, Norm.L1));
        double x = .125;
        double ahead = .125;
        List<float[]> path = model.path(one.ids()[0]);
        assertThat(path).hasSize(4);
        for (int step = 0; step < 4; step++) {
            // the first pixel gains 3 * .02 at most, which beta takes away
            assertThat(path.get(step)).containsExactly(new float[] {.25f, (float) ahead}, within(1e-6f));
            double rate = .02 * Math.sqrt(1 - step / 4.0);
            double z = ahead - rate * (2 * (ahead - .125) - 4);
            double next = z - .125 > .065 ? z - .065 : .125;
            ahead = next + step / (step + 3.0) * (next - x);
            x = next;
            float[] asked = model.forwards().get(1 + step).pixels();
            assertThat(asked).containsExactly(new float[] {.25f, (float) x}, within(1e-6f));
        }
    }

    @Test
    void successIsJudgedWhereXIsAndNotWhereTheGradientWasTaken() {
        // found in the last step, after which no gradient is taken: 4 * .1 - .01 is more than the .35 that are missing
        LinearModel line = new LinearModel(new double[][] {{0}, {4}}, 2.4, 0);
        Batch one = ArrayDataset.of(2, new int[] {0}, new float[] {.25f}).all();
        AttackResult result = new ElasticNet(1, 1, .1, 1, .01, false).nearest(line, Problem.of(one, Norm.L1));
        assertThat(result.success()).containsExactly(true);
        assertThat(result.pixels()[0]).isCloseTo(.25f + .4f - .01f, within(1e-6f));
    }

    @Test
    void changesTheHeavyPixelAloneWhereLeastSquaresWouldChangeBoth() {
        Batch one = ArrayDataset.of(2, new int[] {0}, new float[] {.25f, .65f}).all();
        AttackResult result = ElasticNet.defaults().nearest(BINARY, Problem.of(one, Norm.L1));
        assertThat(result.success()).containsExactly(true);
        assertThat(result.pixels()[0]).isEqualTo(.25f);
        assertThat(result.pixels()[1]).isBetween(.75f, .77f);
    }

    @Test
    void eachExampleHasAConstantOfItsOwn() {
        // near and far from the boundary
        Batch two = ArrayDataset.of(2, new int[] {0, 0}, new float[] {.49f, 0}, new float[] {.1f, 0})
                .all();
        LinearModel model = new LinearModel(new double[][] {{0, 0}, {1, .5}}, .5, 0);
        AttackResult result = ElasticNet.defaults().nearest(model, Problem.of(two, Norm.L1));
        assertThat(result.success()).containsExactly(true, true);
        assertThat(result.pixels()[0]).isBetween(.5f, .502f);
        assertThat(result.pixels()[2]).isBetween(.5f, .51f);
    }

    @Test
    void anExampleWhoseLossStandsStillIsFinished() {
        // with a constant this small nothing pays for a change
        Recorder model = new Recorder(BINARY);
        Batch one = ArrayDataset.of(2, new int[] {0}, new float[] {.5f, .25f}).all();
        new ElasticNet(1, 100, .01, 1e-6, .01, true).nearest(model, Problem.of(one, Norm.L1));
        assertThat(model.path(one.ids()[0])).hasSize(11);
        model.gradients().clear();
        new ElasticNet(1, 100, .01, 1e-6, .01, false).nearest(model, Problem.of(one, Norm.L1));
        assertThat(model.path(one.ids()[0])).hasSize(100);
    }

    @Test
    void refusesWhatMakesNoSense() {
        assertThatThrownBy(() -> new ElasticNet(0, 1, .1, 1, .1, true))
                .isInstanceOf(GauntletException.class)
                .hasMessage("The elastic-net attack requires at least 1 search step, got 0.");
        assertThatThrownBy(() -> new ElasticNet(1, 0, .1, 1, .1, true))
                .isInstanceOf(GauntletException.class)
                .hasMessage("The elastic-net attack requires at least 1 step, got 0.");
        for (double bad : new double[] {0, -1, Double.NaN, Double.POSITIVE_INFINITY}) {
            assertThatThrownBy(() -> new ElasticNet(1, 1, bad, 1, .1, true))
                    .isInstanceOf(GauntletException.class)
                    .hasMessage("The learning rate of the elastic-net attack must be above 0, got " + bad + ".");
            assertThatThrownBy(() -> new ElasticNet(1, 1, .1, bad, .1, true))
                    .isInstanceOf(GauntletException.class)
                    .hasMessage("The initial constant of the elastic-net attack must be above 0, got " + bad + ".");
        }
        for (double bad : new double[] {-1, Double.NaN, Double.POSITIVE_INFINITY}) {
            assertThatThrownBy(() -> new ElasticNet(1, 1, .1, 1, bad, true))
                    .isInstanceOf(GauntletException.class)
                    .hasMessage("The beta of the elastic-net attack must be at least 0, got " + bad + ".");
        }
    }
}

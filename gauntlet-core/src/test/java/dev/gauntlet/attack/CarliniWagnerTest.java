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

class CarliniWagnerTest {
    /** Class 1 wins as soon as 3 x0 + 4 x1 exceeds 3.75. */
    private static final LinearModel BINARY = new LinearModel(new double[][] {{0, 0}, {3, 4}}, 3.75, 0);

    @Test
    void theFirstStepOfAdamIsAsLongAsItsLearningRateInW() {
        Recorder model = new Recorder(BINARY);
        Batch one = ArrayDataset.of(2, new int[] {0}, new float[] {.5f, .25f}).all();
        new CarliniWagner(1, 2, .1, 1, true).nearest(model, Problem.of(one, Norm.L2));
        List<float[]> path = model.path(one.ids()[0]);
        assertThat(path).hasSize(2);
        // as (tanh(w) + 1) / 2 with w = atanh(2 x - 1)
        assertThat(path.get(0)).containsExactly(new float[] {.5f, .25f}, within(1e-6f));
        assertThat(path.get(1)[0]).isCloseTo((float) ((Math.tanh(.1) + 1) / 2), within(1e-6f));
        assertThat(path.get(1)[1])
                .isCloseTo((float) ((Math.tanh(Math.log(.25 / .75) / 2 + .1) + 1) / 2), within(1e-6f));
    }

    @Test
    void theSecondStepHasTheMomentumOfTheFirst() {
        Recorder model = new Recorder(new LinearModel(new double[][] {{0}, {1}}, 1, 0));
        Batch one = ArrayDataset.of(2, new int[] {0}, new float[] {.5f}).all();
        new CarliniWagner(1, 3, .1, 8, false).nearest(model, Problem.of(one, Norm.L2));
        double w = 0;
        double x = .5;
        double mean = 0;
        double square = 0;
        for (int time = 1; time <= 2; time++) {
            double slope = (2 * (x - .5) - 8) * 2 * x * (1 - x);
            mean = .9 * mean + .1 * slope;
            square = .999 * square + .001 * slope * slope;
            w -= .1 * mean / (1 - Math.pow(.9, time)) / Math.sqrt(square / (1 - Math.pow(.999, time)));
            x = (Math.tanh(w) + 1) / 2;
        }
        assertThat(model.path(one.ids()[0]).get(2)[0]).isCloseTo((float) x, within(1e-6f));
    }

    @Test
    void blackAndWhitePixelsAreNotStuck() {
        // needs both pixels at the other end
        LinearModel corner = new LinearModel(new double[][] {{0, 0}, {1, -1}}, .9, 0);
        Batch one = ArrayDataset.of(2, new int[] {0}, new float[] {0, 1}).all();
        AttackResult result = new CarliniWagner(9, 1000, .1, .001, true).nearest(corner, Problem.of(one, Norm.L2));
        assertThat(result.success()).containsExactly(true);
        assertThat(Norm.L2.distance(one.pixels(), result.pixels(), 0, 2))
                .isBetween(1.9 / Math.sqrt(2) * .999, 1.9 / Math.sqrt(2) * 1.02);
    }

    @Test
    void anExampleWhoseLossStandsStillIsFinished() {
        // with a constant this small nothing pays for a change
        Recorder model = new Recorder(new LinearModel(new double[][] {{0, 0}, {0, 0}, {3, 4}}, 3.75, -1e6, 0));
        Batch two = ArrayDataset.of(3, new int[] {0, 0}, new float[] {.5f, .25f}, new float[] {0, 0})
                .all();
        new CarliniWagner(1, 1000, .01, 1e-6, true).nearest(model, Problem.of(two, Norm.L2));
        int first = model.path(two.ids()[0]).size();
        int second = model.path(two.ids()[1]).size();
        assertThat(first).isLessThan(1000);
        assertThat(second).isLessThan(1000);
        model.gradients().clear();
        new CarliniWagner(1, 1000, .01, 1e-6, false).nearest(model, Problem.of(two, Norm.L2));
        assertThat(model.path(two.ids()[0])).hasSize(1000);
        assertThat(model.path(two.ids()[1])).hasSize(1000);
    }

    @Test
    void refusesWhatMakesNoSense() {
        assertThatThrownBy(() -> new CarliniWagner(0, 1, .1, 1, true))
                .isInstanceOf(GauntletException.class)
                .hasMessage("The attack of Carlini and Wagner requires at least 1 search step, got 0.");
        assertThatThrownBy(() -> new CarliniWagner(1, 0, .1, 1, true))
                .isInstanceOf(GauntletException.class)
                .hasMessage("The attack of Carlini and Wagner requires at least 1 step, got 0.");
        for (double bad : new double[] {0, -1, Double.NaN, Double.POSITIVE_INFINITY}) {
            assertThatThrownBy(() -> new CarliniWagner(1, 1, bad, 1, true))
                    .isInstanceOf(GauntletException.class)
                    .hasMessage("The learning rate of Carlini and Wagner must be above 0, got " + bad + ".");
            assertThatThrownBy(() -> new CarliniWagner(1, 1, .1, bad, true))
                    .isInstanceOf(GauntletException.class)
                    .hasMessage("The initial constant of Carlini and Wagner must be above 0, got " + bad + ".");
        }
    }
}

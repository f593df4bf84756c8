package dev.gauntlet.attack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gauntlet.GauntletException;
import dev.gauntlet.attack.kit.Problem;
import dev.gauntlet.data.Batch;
import dev.gauntlet.loss.CrossEntropy;
import dev.gauntlet.testkit.ArrayDataset;
import dev.gauntlet.testkit.LinearModel;
import dev.gauntlet.threat.Norm;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BimTest {
    /** Class 0 wins everywhere; its margin falls along (1, -2, 0, 4). */
    private static final LinearModel STUBBORN = new LinearModel(new double[][] {{0, 0, 1, 0}, {1, -2, 1, 4}}, 20, 0);

    private static final float[] CLEAN = {.5f, .0625f, .5f, .875f};

    @Test
    void takesStepsOfAFixedSizeFromTheCleanExampleAndIsClippedToBallAndBox() {
        Recorder recorder = run(new Bim(.125, new CrossEntropy()), .3125);
        // 2.5 steps to the edge, and a quarter more than that, rounded up
        assertThat(recorder.path(0))
                .containsExactly(CLEAN, new float[] {.625f, 0, .5f, 1}, new float[] {.75f, 0, .5f, 1}, new float[] {
                    .8125f, 0, .5f, 1
                });
        assertThat(recorder.forwards().get(1).pixels()).containsExactly(.8125f, 0, .5f, 1);
    }

    /** The paper: min(epsilon + 4, 1.25 epsilon) steps, where epsilon is in grey levels. */
    @ParameterizedTest
    @CsvSource({"0, 0", ".5, 1", "1, 2", "2, 3", "4, 5", "8, 10", "16, 20", "17, 21", "76.5, 81"})
    void takesAsManyStepsAsThePaperSays(double levels, int steps) {
        assertThat(run(Bim.defaults(), levels / 255).path(0)).hasSize(steps);
    }

    @Test
    void refusesAStepSizeThatIsNone() {
        for (double bad : new double[] {0, -.1, 1.5, Double.NaN}) {
            assertThatThrownBy(() -> new Bim(bad, new CrossEntropy()))
                    .isInstanceOf(GauntletException.class)
                    .hasMessage(
                            "The step size of BIM, in pixel units, must be above 0 and at most 1, got " + bad + ".");
        }
    }

    private static Recorder run(Bim bim, double epsilon) {
        Recorder recorder = new Recorder(STUBBORN);
        Batch batch = ArrayDataset.of(2, new int[] {0}, CLEAN).all();
        bim.prepare(recorder, Problem.of(batch, Norm.LINF)).within(epsilon);
        return recorder;
    }
}

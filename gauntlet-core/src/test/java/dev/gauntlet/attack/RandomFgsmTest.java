package dev.gauntlet.attack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.gauntlet.GauntletException;
import dev.gauntlet.attack.kit.Problem;
import dev.gauntlet.data.Batch;
import dev.gauntlet.data.ImageShape;
import dev.gauntlet.loss.CrossEntropy;
import dev.gauntlet.testkit.ArrayDataset;
import dev.gauntlet.testkit.LinearModel;
import dev.gauntlet.testkit.ModelAndImages;
import dev.gauntlet.testkit.TwoLayerModel;
import dev.gauntlet.threat.Norm;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class RandomFgsmTest {
    /** Class 0 wins everywhere; its margin falls along (1, -2, 0, 4). */
    private static final LinearModel STUBBORN = new LinearModel(new double[][] {{0, 0, 1, 0}, {1, -2, 1, 4}}, 20, 0);

    @Test
    void stepsToACornerAtRandomAndFromThereAlongTheSignsWithWhatIsLeft() {
        Batch batch = ArrayDataset.of(2, new int[] {0}, new float[] {.5f, .5f, .5f, .5f})
                .all();
        Recorder recorder = new Recorder(STUBBORN);
        new RandomFgsm(.25, new CrossEntropy())
                .prepare(recorder, Problem.of(batch, Norm.LINF))
                .within(.25);
        float[] start = recorder.path(0).get(0);
        for (float pixel : start) {
            assertThat(Math.abs(pixel - .5f)).isEqualTo(.0625f);
        }
        float[] end = recorder.forwards().get(1).pixels();
        assertThat(end).containsExactly(start[0] + .1875f, start[1] - .1875f, start[2], start[3] + .1875f);
    }

    @Test
    void theRandomStepStaysInTheBoxAndGoesEitherWayEquallyOften() {
        int size = 1000;
        float[] pixels = new float[2 * size];
        for (int row = 0; row < size; row++) {
            pixels[2 * row] = .5f;
            pixels[2 * row + 1] = 1;
        }
        Batch batch = ModelAndImages.unlabelled(new ImageShape(1, 1, 2), size, pixels);
        Recorder recorder = new Recorder(new LinearModel(new double[][] {{1, 1}, {0, 0}}, 9, 0));
        RandomFgsm.defaults().prepare(recorder, Problem.of(batch, Norm.LINF)).within(.5);
        float[] starts = recorder.gradients().get(0).pixels();
        double up = 0;
        double white = 0;
        for (int row = 0; row < size; row++) {
            assertThat(starts[2 * row]).isIn(.25f, .75f);
            assertThat(starts[2 * row + 1]).isIn(.75f, 1f);
            up += starts[2 * row] > .5f ? 1 : 0;
            white += starts[2 * row + 1] == 1 ? 1 : 0;
        }
        // five standard deviations
        assertThat(up / size).isCloseTo(.5, within(.08));
        assertThat(white / size).isCloseTo(.5, within(.08));
    }

    @Test
    void getsOffAPlateauOnWhichTheFgsmStandsStill() {
        // both hidden units are off where the pixels are equal; class 1 wins where they differ by more than a quarter
        TwoLayerModel valley = new TwoLayerModel(
                new double[][] {{1, -1}, {-1, 1}}, new double[] {0, 0}, new double[][] {{0, 0}, {1, 1}}, new double[] {
                    0, -.25
                });
        int size = 100;
        float[] pixels = new float[2 * size];
        Arrays.fill(pixels, .5f);
        Problem problem = Problem.of(ModelAndImages.unlabelled(new ImageShape(1, 1, 2), size, pixels), Norm.LINF);
        assertThat(Fgsm.defaults().prepare(valley, problem).within(.25).success())
                .containsOnly(false);
        boolean[] success =
                RandomFgsm.defaults().prepare(valley, problem).within(.25).success();
        int found = 0;
        for (boolean each : success) {
            found += each ? 1 : 0;
        }
        // where both pixels went the same way, they are equal still
        assertThat(found).isBetween(25, 75);
    }

    @Test
    void refusesARandomStepThatLeavesNothingOrIsNothing() {
        for (double bad : new double[] {0, 1, -.5, Double.NaN}) {
            assertThatThrownBy(() -> new RandomFgsm(bad, new CrossEntropy()))
                    .isInstanceOf(GauntletException.class)
                    .hasMessage("The random step of R+FGSM, a share of epsilon, must be above 0 and below 1, got " + bad
                            + ".");
        }
    }
}

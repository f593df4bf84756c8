package dev.gauntlet.attack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.gauntlet.GauntletException;
import dev.gauntlet.attack.kit.AttackResult;
import dev.gauntlet.attack.kit.Problem;
import dev.gauntlet.data.Batch;
import dev.gauntlet.data.ImageShape;
import dev.gauntlet.loss.CrossEntropy;
import dev.gauntlet.testkit.ArrayDataset;
import dev.gauntlet.testkit.LinearModel;
import dev.gauntlet.testkit.ModelAndImages;
import dev.gauntlet.testkit.TwoLayerModel;
import dev.gauntlet.threat.LpBall;
import dev.gauntlet.threat.Norm;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class PgdTest {
    /** Class 0 wins everywhere; its margin falls along (1, -2, 0, 4). */
    private static final LinearModel STUBBORN = new LinearModel(new double[][] {{0, 0, 1, 0}, {1, -2, 1, 4}}, 20, 0);

    private static final float[] GREY = {.5f, .5f, .5f, .5f};

    @Test
    void takesStepsOfAShareOfEpsilonAndStaysAtTheEdgeOfTheBall() {
        List<float[]> path = path(pgd(4, .5, .99), Norm.LINF, .25, GREY);
        assertThat(path)
                .containsExactly(
                        GREY, new float[] {.625f, .375f, .5f, .625f}, new float[] {.75f, .25f, .5f, .75f}, new float[] {
                            .75f, .25f, .5f, .75f
                        });
    }

    @Test
    void doesNotLeaveTheBox() {
        List<float[]> path = path(pgd(3, .5, .99), Norm.LINF, .25, new float[] {.9375f, .0625f, 0, 1});
        assertThat(path)
                .containsExactly(
                        new float[] {.9375f, .0625f, 0, 1}, new float[] {1, 0, 0, 1}, new float[] {1, 0, 0, 1});
    }

    @Test
    void changesOnePixelOfAHundredInL1UnlessToldOtherwise() {
        // of four pixels, that is one
        assertThat(path(pgd(3, .5, .99), Norm.L1, .25, GREY))
                .containsExactly(GREY, new float[] {.5f, .5f, .5f, .625f}, new float[] {.5f, .5f, .5f, .75f});
        assertThat(path(pgd(3, .5, .5), Norm.L1, .25, GREY))
                .containsExactly(GREY, new float[] {.5f, .4375f, .5f, .5625f}, new float[] {.5f, .375f, .5f, .625f});
        assertThat(path(pgd(2, .5, .99), Norm.L1, .25, new float[200]).get(1)).satisfies(x -> {
            // the third weight says nothing, and the second wants to go below 0, as do those after it
            assertThat(x[0]).isEqualTo(.0625f);
            assertThat(x[3]).isEqualTo(.0625f);
            assertThat(Norm.L1.distance(new float[200], x, 0, 200)).isEqualTo(.125);
        });
    }

    @Test
    void goesOnInL1WithTheNextPixelWhenTheSteepestIsWhite() {
        // a step along the fourth pixel alone would lead nowhere
        List<float[]> path = path(pgd(3, .5, .99), Norm.L1, .5, new float[] {.5f, .5f, .5f, 1});
        assertThat(path.get(1)).containsExactly(.5f, .25f, .5f, 1);
        assertThat(path.get(2)).containsExactly(.5f, 0, .5f, 1);
    }

    @ParameterizedTest
    @CsvSource({"LINF, .5", "L2, .3", "L1, .5"})
    void startsAnywhereInTheBallAroundTheCleanExampleAndStaysThere(Norm norm, double epsilon) {
        Recorder recorder = new Recorder(STUBBORN);
        float[][] images = new float[40][];
        Arrays.setAll(images, row -> new float[] {0, .9f, row / 40f, 1});
        Batch batch = ArrayDataset.of(2, new int[40], images).all();
        new Pgd(10, .3, true, 2, .99, new CrossEntropy())
                .prepare(recorder, Problem.of(batch, norm))
                .within(epsilon);
        assertThat(recorder.gradients()).hasSize(20);
        for (Batch asked : recorder.gradients()) {
            for (int row = 0; row < asked.size(); row++) {
                double distance = norm.distance(batch.pixels(), asked.pixels(), row * 4, 4);
                assertThat(new LpBall(norm, epsilon).allows(distance))
                        .as("distance %s", distance)
                        .isTrue();
            }
            for (float pixel : asked.pixels()) {
                assertThat(pixel).isBetween(0f, 1f);
            }
        }
        float[] first = recorder.gradients().get(0).pixels();
        assertThat(first).isNotEqualTo(batch.pixels());
        assertThat(recorder.gradients().get(10).pixels())
                .as("the second restart")
                .isNotEqualTo(first);
    }

    /** In two dimensions a quarter of the ball is within half of its radius. */
    @ParameterizedTest
    @EnumSource(names = {"LINF", "L2", "L1"})
    void startsAreSpreadEvenlyOverTheBall(Norm norm) {
        int size = 2000;
        float[] pixels = new float[2 * size];
        Arrays.fill(pixels, .5f);
        Batch batch = ModelAndImages.unlabelled(new ImageShape(1, 1, 2), size, pixels);
        Recorder recorder = new Recorder(new LinearModel(new double[][] {{1, 1}, {0, 0}}, 9, 0));
        new Pgd(1, .1, true, 1, .99, new CrossEntropy())
                .prepare(recorder, Problem.of(batch, norm))
                .within(.25);
        double near = 0;
        float[] starts = recorder.gradients().get(0).pixels();
        for (int row = 0; row < size; row++) {
            near += norm.distance(pixels, starts, 2 * row, 2) < .125 ? 1 : 0;
        }
        // five standard deviations
        assertThat(near / size).isCloseTo(.25, within(.05));
    }

    @Test
    void keepsASuccessOnTheWayAndAsksNoMoreAboutThatExample() {
        // class 1 wins where x is within a sixteenth of .75
        TwoLayerModel band = new TwoLayerModel(
                new double[][] {{1}, {-1}}, new double[] {-.75, .75}, new double[][] {{0, 0}, {-1, -1}}, new double[] {
                    0, .0625
                });
        Recorder recorder = new Recorder(band);
        Batch batch = ArrayDataset.of(2, new int[] {0, 0}, new float[] {.5f}, new float[] {.25f})
                .all();
        AttackResult result =
                pgd(6, .25, .99).prepare(recorder, Problem.of(batch, Norm.LINF)).within(.5);
        // steps of an eighth: the first example is in the band after two, the second after four
        assertThat(result.success()).containsExactly(true, true);
        assertThat(result.pixels()).containsExactly(.75f, .75f);
        assertThat(recorder.path(0)).containsExactly(new float[] {.5f}, new float[] {.625f}, new float[] {.75f});
        assertThat(recorder.path(1)).hasSize(5);
        assertThat(recorder.forwards()).as("the clean batch only").hasSize(1);
    }

    @Test
    void restartsAreForThoseThatStand() {
        // class 1 wins in a corner of the ball that few starts are near
        LinearModel model = new LinearModel(new double[][] {{0, 0}, {8, 8}}, 0, -9.2);
        int size = 50;
        float[] pixels = new float[2 * size];
        for (int i = 0; i < pixels.length; i++) {
            int row = i / 2;
            pixels[i] = .4f + .002f * row;
        }
        Batch batch = ModelAndImages.unlabelled(new ImageShape(1, 1, 2), size, pixels);
        Recorder recorder = new Recorder(model);
        AttackResult result = new Pgd(1, .05, true, 3, .99, new CrossEntropy())
                .prepare(recorder, Problem.of(batch, Norm.LINF))
                .within(.25);
        int[] asked = recorder.gradients().stream().mapToInt(Batch::size).toArray();
        int[] told = recorder.forwards().stream().mapToInt(Batch::size).toArray();
        assertThat(asked).hasSize(3);
        assertThat(asked[0]).isEqualTo(size);
        // the last forward pass of a restart is about those that stood at its only gradient
        assertThat(asked[1]).isLessThan(asked[0]).isLessThanOrEqualTo(told[1]);
        assertThat(asked[2]).isLessThan(asked[1]).isLessThanOrEqualTo(told[2]);
        int found = 0;
        for (boolean success : result.success()) {
            found += success ? 1 : 0;
        }
        assertThat(found).isGreaterThanOrEqualTo(size - asked[2]).isLessThan(size);
    }

    @Test
    void refusesOptionsThatMakeNoSense() {
        CrossEntropy loss = new CrossEntropy();
        assertThatThrownBy(() -> new Pgd(0, .1, true, 1, .99, loss))
                .isInstanceOf(GauntletException.class)
                .hasMessage("PGD requires at least 1 step, got 0.");
        for (double bad : new double[] {0, -1, Double.NaN, Double.POSITIVE_INFINITY}) {
            assertThatThrownBy(() -> new Pgd(1, bad, true, 1, .99, loss))
                    .isInstanceOf(GauntletException.class)
                    .hasMessage("The relative step of PGD, a share of epsilon, must be above 0, got " + bad + ".");
        }
        assertThatThrownBy(() -> new Pgd(1, .1, true, 0, .99, loss))
                .isInstanceOf(GauntletException.class)
                .hasMessage("PGD requires at least 1 restart, got 0.");
        assertThatThrownBy(() -> new Pgd(1, .1, false, 2, .99, loss))
                .isInstanceOf(GauntletException.class)
                .hasMessageContaining("all 2 restarts");
        for (double bad : new double[] {-.01, 1, Double.NaN}) {
            assertThatThrownBy(() -> new Pgd(1, .1, true, 1, bad, loss))
                    .isInstanceOf(GauntletException.class)
                    .hasMessageStartingWith("The sparsity of PGD, the share of pixels")
                    .hasMessageEndingWith("got " + bad + ".");
        }
    }

    private static Pgd pgd(int steps, double relativeStep, double sparsity) {
        return new Pgd(steps, relativeStep, false, 1, sparsity, new CrossEntropy());
    }

    /** Returns where PGD asks for the gradient of a model that it cannot fool. */
    private static List<float[]> path(Pgd pgd, Norm norm, double epsilon, float[] clean) {
        Recorder recorder = new Recorder(clean.length == 4 ? STUBBORN : wide(clean.length));
        Batch batch = ArrayDataset.of(2, new int[] {0}, clean).all();
        pgd.prepare(recorder, Problem.of(batch, norm)).within(epsilon);
        return recorder.path(0);
    }

    /** The stubborn model with more pixels, whose weights are too small to be among the largest two that may move. */
    private static LinearModel wide(int length) {
        double[] weights = new double[length];
        Arrays.fill(weights, -5);
        System.arraycopy(new double[] {1, -2, 0, 4}, 0, weights, 0, 4);
        return new LinearModel(new double[][] {new double[length], weights}, 20, 0);
    }
}

package dev.gauntlet.attack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.gauntlet.GauntletException;
import dev.gauntlet.attack.kit.Problem;
import dev.gauntlet.data.Batch;
import dev.gauntlet.loss.CrossEntropy;
import dev.gauntlet.loss.Dlr;
import dev.gauntlet.loss.Margin;
import dev.gauntlet.testkit.ArrayDataset;
import dev.gauntlet.testkit.LinearModel;
import dev.gauntlet.threat.Norm;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class ApgdTest {
    private static final float[] GREY = {.5f, .5f, .5f, .5f};

    /** Sure of class 0 everywhere; its margin grows along (1, -2, 0, 4). */
    private static final LinearModel STUBBORN = new LinearModel(new double[][] {{0, 0, 1, 0}, {1, -2, 1, 4}}, 20, 0);

    @Test
    void looksAtItsStepSizeWhenThePaperDoes() {
        assertThat(ApgdClimb.Checkpoints.of(100).at()).startsWith(22, 41, 57, 70, 80, 87, 93, 99);
        assertThat(ApgdClimb.Checkpoints.of(1).at()).containsExactly(1);
        assertThat(ApgdClimb.Checkpoints.of(10).at()).containsExactly(2, 3, 4, 5, 6, 7, 8, 9, 10);
    }

    @Test
    void startsOnTheSurfaceWithAStepOfTwiceEpsilonToTheOtherSide() {
        List<float[]> path = path(apgd(3), Norm.LINF, .25);
        assertThat(Norm.LINF.distance(path.get(0), GREY, 0, 4)).isCloseTo(.25, within(1e-6));
        // the best corner is reached at once from everywhere; a pixel without a gradient stays
        float[] start = path.get(0);
        assertThat(path.get(1)).containsExactly(.75f, .25f, start[2], .75f);
    }

    @Test
    void halvesItsStepAtEveryCheckpointWithoutProgressAndGoesBackToTheBestPoint() {
        ApgdClimb.Dense climb = dense(Norm.L2, GREY, .75);
        float[] uphill = {1, 0, 0, 0};
        climb.observe(5, uphill, 0);
        for (int step = 1; step <= 57; step++) {
            climb.step();
            assertThat(climb.x).isNotEqualTo(GREY);
            climb.observe(4, uphill, 0);
            assertThat(Arrays.equals(climb.x, GREY)).isEqualTo(step == 22 || step == 41 || step == 57);
            assertThat(climb.stepSize).isEqualTo(step < 22 ? 2 : step < 41 ? 1 : step < 57 ? .5 : .25);
        }
        assertThat(climb.bestLoss).isEqualTo(5);
    }

    @ParameterizedTest
    @CsvSource({"17, 2", "16, 1"})
    void keepsItsStepIfMoreThanRhoOfTheStepsRaiseTheLoss(int increases, double stepSize) {
        ApgdClimb.Dense climb = dense(Norm.LINF, new float[1000], .75);
        float[] flat = new float[1000];
        climb.observe(0, flat, 0);
        for (int step = 1; step <= 22; step++) {
            climb.step();
            climb.observe(step <= increases ? step : 0, flat, 0);
        }
        // 16 of 22 are fewer than three quarters; the step shows once there is a gradient again
        assertThat(climb.stepSize).isEqualTo(stepSize);
    }

    @Test
    void halvesItsStepIfAWindowBringsNoBetterPointAndItWasNotHalvedJustBefore() {
        ApgdClimb.Dense climb = dense(Norm.LINF, new float[1], .5);
        climb.observe(0, new float[1], 0);
        double[] sizes = new double[58];
        for (int step = 1; step <= 57; step++) {
            climb.step();
            // grows all the time, but in the second window and the third from a point far below the best
            climb.observe(step <= 22 ? step : step - 100, new float[1], 0);
            sizes[step] = climb.stepSize;
        }
        assertThat(sizes[22]).isEqualTo(2);
        assertThat(sizes[41]).isEqualTo(1);
        assertThat(sizes[57]).isEqualTo(1);
    }

    @Test
    void shrinksTheBallInL1AndCountsOnlyWhatIsInTheOneThatWasAskedFor() {
        List<float[]> path = path(apgd(10), Norm.L1, .25);
        assertThat(path).hasSize(13); // 3, 3 and 4 steps, and a look at each start
        for (int i = 0; i < 13; i++) {
            double factor = i < 4 ? 3 : i < 8 ? 2 : 1;
            assertThat(Norm.L1.distance(path.get(i), GREY, 0, 4)).isLessThanOrEqualTo(factor * .25);
        }
        assertThat(path.get(12)).containsExactly(.5f, .5f, .5f, .75f);
        // three times this epsilon is enough, this is not
        LinearModel model = new LinearModel(new double[][] {{0, 0, 0, 0}, {0, 0, 0, 1}}, .5 + .4, 0);
        Batch batch = ArrayDataset.of(2, new int[] {0}, GREY).all();
        FixedBudgetAttack.Search search = apgd(10).prepare(model, Problem.of(batch, Norm.L1));
        assertThat(search.within(.3).success()).containsExactly(false);
        assertThat(search.within(.41).success()).containsExactly(true);
    }

    @ParameterizedTest
    @EnumSource(names = {"LINF", "L2", "L1"})
    void reachesTheNearestBoundaryOfSeveralWithALossThatIsAboutTheNearest(Norm norm) {
        // class 1 is near and class 2, where the cross-entropy first goes, is far
        LinearModel model = new LinearModel(new double[][] {{0, 0, 0, 0}, {1, 1, 1, 1}, {9, -9, 9, -9}}, 2.1, 0, 0);
        Batch batch = ArrayDataset.of(3, new int[] {0}, GREY).all();
        double enough = norm == Norm.LINF ? .026 : norm == Norm.L2 ? .051 : .101;
        assertThat(new ApgdTargeted(2, 20, 1, .75, true)
                        .prepare(model, Problem.of(batch, norm))
                        .within(enough)
                        .success())
                .containsExactly(true);
    }

    @Test
    void goesOnWithTheNextTargetOnlyWhereTheLastOneFailed() {
        // class 1 is the likeliest other one and cannot get above .9, class 2 can
        Recorder recorder = new Recorder(new LinearModel(
                new double[][] {{0, 0, 0, 0}, {0, 0, 0, .5}, {0, 0, 1, 0}, {0, 1, 0, 0}}, 1, .4, .1, 0));
        Batch batch = ArrayDataset.of(4, new int[] {0}, new float[] {.5f, .5f, .5f, .9f})
                .all();
        FixedBudgetAttack.Search search =
                new ApgdTargeted(9, 10, 1, .75, true).prepare(recorder, Problem.of(batch, Norm.LINF));
        assertThat(search.within(.42).success()).containsExactly(true);
        assertThat(recorder.path(0)).hasSizeBetween(12, 22);
        assertThat(new ApgdTargeted(1, 10, 1, .75, true)
                        .prepare(recorder, Problem.of(batch, Norm.LINF))
                        .within(.42)
                        .success())
                .containsExactly(false);
    }

    @Test
    void saysWhatTakesThePlaceOfTheLossThatFewClassesDoNotHave() {
        assertThat(ApgdTargeted.defaults().remark(4)).isEmpty();
        assertThat(ApgdTargeted.defaults().remark(3))
                .hasValue(
                        "The targeted DLR loss requires 4 classes, but there are only 3; apgd-t used the difference of two logits instead.");
    }

    @Test
    void refusesWhatMakesNoSense() {
        assertThatThrownBy(() -> new Apgd(0, 1, .75, true, new Dlr()))
                .isInstanceOf(GauntletException.class)
                .hasMessage("APGD requires at least 1 step, got 0.");
        assertThatThrownBy(() -> new Apgd(1, 0, .75, true, new Margin())).hasMessageContaining("got 0");
        assertThatThrownBy(() -> new Apgd(1, 1, 1, true, new CrossEntropy())).hasMessageContaining("got 1.0");
        assertThatThrownBy(() -> new Apgd(1, 1, Double.NaN, true, new CrossEntropy()))
                .hasMessageContaining("got NaN");
        assertThatThrownBy(() -> new ApgdTargeted(0, 1, 1, .75, true)).hasMessageContaining("got 0");
        assertThatThrownBy(() -> new ApgdTargeted(9, 1, 0, .75, true)).hasMessageContaining("got 0");
        assertThatThrownBy(() -> new ApgdTargeted(9, -1, 1, .75, true)).hasMessageContaining("got -1");
    }

    private static ApgdClimb.Dense dense(Norm norm, float[] clean, double rho) {
        return new ApgdClimb.Dense(new ApgdClimb.Start(0, 0, new CrossEntropy(), clean, clean), norm, 1, 100, rho);
    }

    private static Apgd apgd(int steps) {
        return new Apgd(steps, 1, .75, true, new CrossEntropy());
    }

    private static List<float[]> path(Apgd apgd, Norm norm, double epsilon) {
        Recorder recorder = new Recorder(STUBBORN);
        Batch batch = ArrayDataset.of(2, new int[] {0}, GREY).all();
        apgd.prepare(recorder, Problem.of(batch, norm)).within(epsilon);
        return recorder.path(0);
    }
}

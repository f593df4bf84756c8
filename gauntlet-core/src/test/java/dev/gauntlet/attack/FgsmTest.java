package dev.gauntlet.attack;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gauntlet.attack.kit.AttackResult;
import dev.gauntlet.attack.kit.Problem;
import dev.gauntlet.data.Batch;
import dev.gauntlet.loss.Loss;
import dev.gauntlet.model.DifferentiableClassifier;
import dev.gauntlet.model.Gradient;
import dev.gauntlet.model.Logits;
import dev.gauntlet.model.ModelCard;
import dev.gauntlet.testkit.ArrayDataset;
import dev.gauntlet.testkit.LinearModel;
import dev.gauntlet.testkit.TwoLayerModel;
import dev.gauntlet.threat.Norm;
import dev.gauntlet.threat.Targeted;
import java.util.Map;
import java.util.function.IntFunction;
import org.junit.jupiter.api.Test;

class FgsmTest {
    /** Class 0 wins as long as -x0 + 2 x1 + x3 stays below 1. */
    private static final LinearModel BINARY = new LinearModel(new double[][] {{.5, -1, 3, 0}, {-.5, 1, 3, 1}}, 1, 0);

    /** Of class 0, which wins by .75. */
    private static final float[] RIGHT = {.5f, .25f, .5f, .25f};

    @Test
    void movesAlongTheSignOfTheWeightsOfABinaryLinearModel() {
        Batch batch = ArrayDataset.of(2, new int[] {0, 1}, RIGHT, RIGHT).all();
        AttackResult result = within(BINARY, batch, Norm.LINF, .25);
        assertThat(result.pixels())
                .containsExactly(
                        .25f, .5f, .5f, .5f, // away from class 0; the third pixel says nothing
                        .5f, .25f, .5f, .25f); // wrong already
        assertThat(result.success()).containsExactly(true, true);
    }

    @Test
    void staysWithinTheRangeOfPixels() {
        Batch batch = ArrayDataset.of(2, new int[] {0}, new float[] {.125f, .0625f, 0, .9375f})
                .all();
        assertThat(within(BINARY, batch, Norm.LINF, .25).pixels()).containsExactly(0, .3125f, 0, 1);
    }

    @Test
    void givesTheCleanPixelsBackWhereTheStepDoesNotSuffice() {
        Batch batch = ArrayDataset.of(2, new int[] {0, 0}, RIGHT, new float[] {1, 0, 0, 0})
                .all();
        AttackResult result = within(BINARY, batch, Norm.LINF, .25);
        assertThat(result.pixels()).containsExactly(.25f, .5f, .5f, .5f, 1, 0, 0, 0);
        assertThat(result.success()).containsExactly(true, false);
    }

    @Test
    void onePreparationServesAnyNumberOfBudgetsInAnyOrder() {
        Batch batch = ArrayDataset.of(2, new int[] {0}, RIGHT).all();
        FixedBudgetAttack.Search search = Fgsm.defaults().prepare(BINARY, Problem.of(batch, Norm.LINF));
        AttackResult far = search.within(.5);
        // the margin of .75 shrinks by 4 epsilon
        assertThat(search.within(0).pixels()).containsExactly(RIGHT);
        assertThat(search.within(.125).pixels()).containsExactly(RIGHT);
        assertThat(search.within(.25).pixels()).containsExactly(.25f, .5f, .5f, .5f);
        assertThat(far.pixels()).containsExactly(0, .75f, .5f, .75f);
        assertThat(batch.pixels()).containsExactly(RIGHT);
    }

    @Test
    void lowersTheTrueClassAndRaisesAllOthersOfADiagonalLinearModel() {
        LinearModel diagonal = new LinearModel(new double[][] {{4, 0, 0}, {0, 4, 0}, {0, 0, 4}}, 0, 0, 0);
        Batch batch = ArrayDataset.of(
                        3,
                        new int[] {0, 1, 2},
                        new float[] {.5f, .375f, .25f},
                        new float[] {.375f, .5f, .125f},
                        new float[] {0, .875f, 1})
                .all();
        assertThat(within(diagonal, batch, Norm.LINF, .125).pixels())
                .containsExactly(.375f, .5f, .375f, .5f, .375f, .25f, .125f, 1, .875f);
    }

    @Test
    void raisesTheTargetAndLowersAllOthersOfADiagonalLinearModel() {
        LinearModel diagonal = new LinearModel(new double[][] {{4, 0, 0}, {0, 4, 0}, {0, 0, 4}}, 0, 0, 0);
        float[] x = {.5f, .25f, .375f};
        Batch batch = ArrayDataset.of(3, new int[] {0}, x).all();
        Problem problem = Problem.of(batch, Norm.LINF).withCriterion(Targeted.at(1, 3));
        assertThat(Fgsm.defaults().prepare(diagonal, problem).within(.25).pixels())
                .containsExactly(.25f, .5f, .125f);
        // untargeted, class 2 would do, but at this budget class 1 is not reached
        assertThat(Fgsm.defaults().prepare(diagonal, problem).within(.125).success())
                .containsExactly(false);
    }

    @Test
    void followsTheSlopeOfATwoLayerModelAndStopsWhereItHasNone() {
        // the hidden units add up to |x0 - x1|, and class 1 wins where that exceeds a quarter
        TwoLayerModel distance = new TwoLayerModel(
                new double[][] {{1, -1}, {-1, 1}}, new double[] {0, 0}, new double[][] {{0, 0}, {1, 1}}, new double[] {
                    0, -.25
                });
        Batch batch = ArrayDataset.of(
                        2,
                        new int[] {1, 0, 1, 0},
                        new float[] {.75f, .4375f}, // class 1: brought together
                        new float[] {.5f, .375f}, // class 0: torn apart
                        new float[] {.4375f, .75f}, // class 1 from the other side
                        new float[] {.5f, .5f}) // both hidden units are off: no slope, no move
                .all();
        AttackResult result = within(distance, batch, Norm.LINF, .125);
        assertThat(result.pixels()).containsExactly(.625f, .5625f, .625f, .25f, .5625f, .625f, .5f, .5f);
        assertThat(result.success()).containsExactly(true, true, true, false);
    }

    @Test
    void aConfidentModelIsStillAttacked() {
        // the probability of the true class rounds to 1, and only its weights say where to go
        LinearModel confident = new LinearModel(new double[][] {{120, 0}, {0, 0}}, -20, 0);
        Batch batch = ArrayDataset.of(2, new int[] {0}, new float[] {.5f, .5f}).all();
        assertThat(confident.logits(batch).confidence(0)).isEqualTo(1);
        assertThat(within(confident, batch, Norm.LINF, .375).pixels()).containsExactly(.125f, .5f);
    }

    @Test
    void goesAlongTheGradientInL2HoweverSmallItIs() {
        // the weights differ by (3, 4, 0), the margin is 2.5, so the distance .5; scaled, the tail of the softmax is
        // e^-70
        for (double scale : new double[] {1, 28}) {
            LinearModel model =
                    new LinearModel(new double[][] {{-3 * scale, -4 * scale, scale}, {0, 0, scale}}, 5 * scale, 0);
            Batch batch = ArrayDataset.of(2, new int[] {0}, new float[] {.5f, .25f, .5f})
                    .all();
            AttackResult result = within(model, batch, Norm.L2, .625);
            assertThat(result.pixels()).containsExactly(.875f, .75f, .5f);
            assertThat(result.success()).containsExactly(true);
            assertThat(within(model, batch, Norm.L2, .4375).success()).containsExactly(false);
        }
    }

    @Test
    void spendsEverythingOnTheSteepestPixelInL1() {
        LinearModel model = new LinearModel(new double[][] {{-3, -4, 1}, {0, 0, 1}}, 5, 0);
        Batch batch =
                ArrayDataset.of(2, new int[] {0}, new float[] {.5f, .25f, .5f}).all();
        AttackResult result = within(model, batch, Norm.L1, .75);
        assertThat(result.pixels()).containsExactly(.5f, 1, .5f);
        assertThat(result.success()).containsExactly(true);
        assertThat(within(model, batch, Norm.L1, .5).success()).containsExactly(false);
    }

    @Test
    void takesOneGradientForAllBudgets() {
        int[] gradients = new int[1];
        int[] forwards = new int[1];
        DifferentiableClassifier counting = new DifferentiableClassifier() {
            @Override
            public Gradient gradient(Batch batch, IntFunction<? extends Loss> lossOfRow) {
                gradients[0] += batch.size();
                return BINARY.gradient(batch, lossOfRow);
            }

            @Override
            public ModelCard card() {
                return BINARY.card();
            }

            @Override
            public Logits logits(Batch batch) {
                forwards[0] += batch.size();
                return BINARY.logits(batch);
            }

            @Override
            public void close() {}
        };
        Batch batch = ArrayDataset.of(2, new int[] {0, 1}, RIGHT, RIGHT).all();
        FixedBudgetAttack.Search search = Fgsm.defaults().prepare(counting, Problem.of(batch, Norm.LINF));
        search.within(.1);
        search.within(.2);
        assertThat(gradients[0]).isEqualTo(2);
        // one per budget of the example that is right when clean
        assertThat(forwards[0]).isEqualTo(2);
    }

    @Test
    void tellsItsNameAndOptions() {
        assertThat(Fgsm.defaults().name()).isEqualTo("fgsm");
        assertThat(Fgsm.defaults().options()).containsExactly(Map.entry("loss", "cross-entropy"));
    }

    private static AttackResult within(DifferentiableClassifier model, Batch batch, Norm norm, double epsilon) {
        return Fgsm.defaults().prepare(model, Problem.of(batch, norm)).within(epsilon);
    }
}

package dev.gauntlet.attack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gauntlet.GauntletException;
import dev.gauntlet.attack.kit.AttackResult;
import dev.gauntlet.attack.kit.Problem;
import dev.gauntlet.data.Batch;
import dev.gauntlet.data.ImageShape;
import dev.gauntlet.loss.CrossEntropy;
import dev.gauntlet.loss.Loss;
import dev.gauntlet.loss.Margin;
import dev.gauntlet.model.DifferentiableClassifier;
import dev.gauntlet.model.Gradient;
import dev.gauntlet.model.Logits;
import dev.gauntlet.model.ModelCard;
import dev.gauntlet.testkit.ArrayDataset;
import dev.gauntlet.testkit.LinearModel;
import dev.gauntlet.threat.Norm;
import java.util.function.IntFunction;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MomentumFgsmTest {
    private static final Offset<Float> ROUNDING = Offset.offset(1e-6f);

    /** The gradients of two examples at each step; their sizes in L1 are 4, 100, 1/8 and 2, 2, 2. */
    private static final float[][][] GRADIENTS = {
        {{3, -1}, {0, 2}},
        {{-30, -70}, {-2, 0}},
        {{-.125f, 0}, {-1, -1}}
    };

    @Test
    void addsUpTheGradientsDividedByTheirSizeInL1() {
        // first: (3/4, -1/4), then (9/20, -19/20), then (-11/20, -19/20)
        // second: (0, 1), then (-1, 1), then (-3/2, 1/2)
        Recorder recorder = run(new MomentumFgsm(3, 1, new Margin()), Norm.LINF, .375);
        assertThat(recorder.path(0)).containsExactly(grey(0, 0), grey(.125f, -.125f), grey(.25f, -.25f));
        assertThat(recorder.path(1)).containsExactly(grey(0, 0), grey(0, .125f), grey(-.125f, .25f));
        assertThat(recorder.forwards().get(1).pixels()).containsExactly(.625f, .125f, .25f, .875f);
    }

    @Test
    void forgetsAtTheDecayItIsGiven() {
        // with decay 0 every step is one of the FGSM
        assertThat(run(new MomentumFgsm(3, 0, new Margin()), Norm.LINF, .375)
                        .forwards()
                        .get(1)
                        .pixels())
                .containsExactly(.375f, .25f, .25f, .5f);
        // with a half: (3/4, -1/4), (3/40, -33/40), (-77/80, -33/80); and (0, 1), (-1, 1/2), (-1, -1/4)
        assertThat(run(new MomentumFgsm(3, .5, new Margin()), Norm.LINF, .375)
                        .forwards()
                        .get(1)
                        .pixels())
                .containsExactly(.625f, .125f, .25f, .625f);
    }

    @Test
    void goesAlongTheMomentumInL2() {
        Recorder recorder = run(new MomentumFgsm(3, 1, new Margin()), Norm.L2, .3);
        // a tenth along (3, -1) / sqrt(10), then a tenth along (9, -19) / sqrt(442)
        float first = .1f / (float) Math.sqrt(10);
        float second = .1f / (float) Math.sqrt(442);
        assertThat(recorder.path(0).get(1)).containsExactly(grey(3 * first, -first), ROUNDING);
        assertThat(recorder.path(0).get(2))
                .containsExactly(grey(3 * first + 9 * second, -first - 19 * second), ROUNDING);
        float diagonal = .1f / (float) Math.sqrt(2);
        assertThat(recorder.path(1).get(2)).containsExactly(grey(-diagonal, .1f + diagonal), ROUNDING);
    }

    @Test
    void everyExampleKeepsItsOwnMomentumWhenOthersAreFinished() {
        // the first example is fooled after the first step, and the second goes on as if it had been alone
        Recorder recorder = new Recorder(new Scripted(GRADIENTS, 1));
        AttackResult result = new MomentumFgsm(3, 1, new Margin())
                .prepare(recorder, problem(Norm.LINF))
                .within(.375);
        assertThat(result.success()).containsExactly(true, false);
        assertThat(recorder.path(0)).hasSize(2);
        assertThat(recorder.path(1)).containsExactly(grey(0, 0), grey(0, .125f), grey(-.125f, .25f));
        assertThat(recorder.forwards().get(1).pixels()).containsExactly(.25f, .875f);
    }

    /** A gradient that underflows when squared counts as much as any other. */
    @ParameterizedTest
    @ValueSource(floats = {1, 1e-10f, 1e-25f, 1e-40f})
    void theSizeOfTheGradientsDoesNotMatter(float scale) {
        float[][][] gradients = {{{scale, -scale}, {0, 0}}, {{-3, -1}, {-3, -1}}};
        for (Norm norm : new Norm[] {Norm.LINF, Norm.L2}) {
            Recorder recorder = new Recorder(new Scripted(gradients, 9));
            new MomentumFgsm(2, 1, new Margin())
                    .prepare(recorder, problem(norm))
                    .within(.5);
            float[] end = recorder.forwards().get(1).pixels();
            // (1/2, -1/2), then (-1/4, -3/4); without a gradient nothing moves, and nothing is remembered
            float step = norm == Norm.LINF ? .25f : .25f / (float) Math.sqrt(2);
            float[] second = norm == Norm.LINF
                    ? new float[] {-.25f, -.25f}
                    : new float[] {-.25f / (float) Math.sqrt(10), -.75f / (float) Math.sqrt(10)};
            float[] alone = norm == Norm.LINF
                    ? new float[] {-.25f, -.25f}
                    : new float[] {-.75f / (float) Math.sqrt(10), -.25f / (float) Math.sqrt(10)};
            assertThat(end)
                    .containsExactly(
                            new float[] {.5f + step + second[0], .5f - step + second[1], .5f + alone[0], .5f + alone[1]
                            },
                            ROUNDING);
        }
    }

    @Test
    void aSecondBudgetStartsWithoutMomentum() {
        LinearModel model = new LinearModel(new double[][] {{0, 0}, {1, -2}}, 9, 0);
        Recorder recorder = new Recorder(model);
        FixedBudgetAttack.Search search = MomentumFgsm.defaults().prepare(recorder, problem(Norm.L2));
        search.within(.25);
        search.within(.25);
        assertThat(recorder.path(0).subList(10, 20))
                .containsExactlyElementsOf(recorder.path(0).subList(0, 10));
    }

    @Test
    void refusesOptionsThatMakeNoSense() {
        assertThatThrownBy(() -> new MomentumFgsm(0, 1, new CrossEntropy()))
                .isInstanceOf(GauntletException.class)
                .hasMessage("MI-FGSM requires at least 1 step, got 0.");
        for (double bad : new double[] {-.1, 1.1, Double.NaN}) {
            assertThatThrownBy(() -> new MomentumFgsm(1, bad, new CrossEntropy()))
                    .isInstanceOf(GauntletException.class)
                    .hasMessage("The decay of MI-FGSM must be at least 0 and at most 1, got " + bad + ".");
        }
    }

    private static Recorder run(MomentumFgsm attack, Norm norm, double epsilon) {
        Recorder recorder = new Recorder(new Scripted(GRADIENTS, 9));
        attack.prepare(recorder, problem(norm)).within(epsilon);
        return recorder;
    }

    private static Problem problem(Norm norm) {
        Batch batch =
                ArrayDataset.of(2, new int[] {0, 0}, grey(0, 0), grey(0, 0)).all();
        return Problem.of(batch, norm);
    }

    private static float[] grey(float first, float second) {
        return new float[] {.5f + first, .5f + second};
    }

    /** A model that gives prepared gradients, by question and example, and is fooled with example 0 from some question on. */
    private static final class Scripted implements DifferentiableClassifier {
        private final float[][][] gradients;
        private final int fooledFrom;
        private int questions;

        Scripted(float[][][] gradients, int fooledFrom) {
            this.gradients = gradients;
            this.fooledFrom = fooledFrom;
        }

        @Override
        public ModelCard card() {
            return new LinearModel(new double[][] {{0, 0}, {0, 0}}, 0, 0).card();
        }

        @Override
        public Logits logits(Batch batch) {
            float[] values = new float[2 * batch.size()];
            for (int row = 0; row < batch.size(); row++) {
                values[2 * row] = batch.ids()[row] == 0 && questions > fooledFrom ? -1 : 1;
            }
            return new Logits(2, values);
        }

        @Override
        public Gradient gradient(Batch batch, IntFunction<? extends Loss> lossOfRow) {
            ImageShape shape = batch.shape();
            float[] pixels = new float[batch.size() * shape.size()];
            for (int row = 0; row < batch.size(); row++) {
                System.arraycopy(gradients[questions][batch.ids()[row]], 0, pixels, row * shape.size(), shape.size());
            }
            questions++;
            return new Gradient(logits(batch), new double[batch.size()], pixels);
        }

        @Override
        public void close() {}
    }
}

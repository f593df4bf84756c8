package dev.gauntlet.attack;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gauntlet.RandomKey;
import dev.gauntlet.data.ArrayDataset;
import dev.gauntlet.data.Batch;
import dev.gauntlet.loss.Loss;
import dev.gauntlet.model.DifferentiableClassifier;
import dev.gauntlet.model.Gradient;
import dev.gauntlet.model.LinearModel;
import dev.gauntlet.model.Logits;
import dev.gauntlet.model.ModelCard;
import dev.gauntlet.model.TwoLayerModel;
import dev.gauntlet.threat.LpBall;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.IntFunction;
import org.junit.jupiter.api.Test;

class FgsmTest {
    /** The difference of the two rows of weights is (-1, 2, 0, 1), whatever the example. */
    private static final LinearModel BINARY = new LinearModel(new double[][] {{.5, -1, 3, 0}, {-.5, 1, 3, 1}}, 0, .25);

    @Test
    void moves_along_the_sign_of_the_weights_of_a_binary_linear_model() {
        float[] x = {.5f, .5f, .5f, .5f};
        Batch batch = ArrayDataset.of(2, new int[] {0, 1}, x, x).all();
        float[] moved = Fgsm.defaults().prepare(BINARY, batch).within(LpBall.linf(.25));
        assertThat(moved)
                .containsExactly(
                        .25f, .75f, .5f, .75f, // away from class 0; the third pixel says nothing
                        .75f, .25f, .5f, .25f); // away from class 1
    }

    @Test
    void stays_within_the_range_of_pixels() {
        Batch batch = ArrayDataset.of(2, new int[] {0}, new float[] {.125f, .875f, 0, 1})
                .all();
        assertThat(Fgsm.defaults().prepare(BINARY, batch).within(LpBall.linf(.25)))
                .containsExactly(0, 1, 0, 1);
    }

    @Test
    void one_preparation_serves_any_number_of_budgets_in_any_order() {
        Batch batch = ArrayDataset.of(2, new int[] {0}, new float[] {.5f, .5f, .5f, .5f})
                .all();
        FixedBudgetAttack.Search search = Fgsm.defaults().prepare(BINARY, batch);
        float[] far = search.within(LpBall.linf(.5));
        assertThat(search.within(LpBall.linf(0))).isEqualTo(batch.pixels());
        assertThat(search.within(LpBall.linf(.125))).containsExactly(.375f, .625f, .5f, .625f);
        assertThat(far).containsExactly(0, 1, .5f, 1);
        assertThat(batch.pixels()).containsExactly(.5f, .5f, .5f, .5f);
    }

    @Test
    void lowers_the_true_class_and_raises_all_others_of_a_diagonal_linear_model() {
        LinearModel diagonal = new LinearModel(new double[][] {{4, 0, 0}, {0, 4, 0}, {0, 0, 4}}, 0, 0, 0);
        float[] x = {.25f, .5f, .75f};
        Batch batch = ArrayDataset.of(3, new int[] {0, 1, 2}, x, x, x).all();
        assertThat(Fgsm.defaults().prepare(diagonal, batch).within(LpBall.linf(.125)))
                .containsExactly(.125f, .625f, .875f, .375f, .375f, .875f, .375f, .625f, .625f);
    }

    @Test
    void follows_the_slope_of_a_two_layer_model_and_stops_where_it_has_none() {
        // the hidden units add up to |x0 - x1|, and class 1 wins where that exceeds a quarter
        TwoLayerModel distance = new TwoLayerModel(
                new double[][] {{1, -1}, {-1, 1}}, new double[] {0, 0}, new double[][] {{0, 0}, {1, 1}}, new double[] {
                    0, -.25
                });
        Batch batch = ArrayDataset.of(
                        2,
                        new int[] {1, 0, 1, 0},
                        new float[] {.75f, .25f}, // class 1: brought together
                        new float[] {.5f, .375f}, // class 0: torn apart
                        new float[] {.25f, .75f}, // class 1 from the other side
                        new float[] {.5f, .5f}) // both hidden units are off: no slope, no move
                .all();
        assertThat(Fgsm.defaults().prepare(distance, batch).within(LpBall.linf(.125)))
                .containsExactly(.625f, .375f, .625f, .25f, .375f, .625f, .5f, .5f);
    }

    @Test
    void a_confident_model_is_still_attacked() {
        // the probability of the true class rounds to 1, yet its weights say where to go
        LinearModel confident = new LinearModel(new double[][] {{60, 0}, {-60, 0}}, 0, 0);
        Batch batch = ArrayDataset.of(2, new int[] {0}, new float[] {.5f, .5f}).all();
        assertThat(confident.logits(batch).confidence(0)).isEqualTo(1);
        assertThat(Fgsm.defaults().prepare(confident, batch).within(LpBall.linf(.25)))
                .containsExactly(.25f, .5f);
    }

    @Test
    void takes_one_gradient_for_all_budgets() {
        int[] gradients = new int[1];
        DifferentiableClassifier counting = new DifferentiableClassifier() {
            @Override
            public Gradient gradient(Batch batch, IntFunction<? extends Loss> lossOfRow) {
                gradients[0]++;
                return BINARY.gradient(batch, lossOfRow);
            }

            @Override
            public ModelCard card() {
                return BINARY.card();
            }

            @Override
            public Logits logits(Batch batch) {
                return BINARY.logits(batch);
            }

            @Override
            public void close() {}
        };
        Batch batch = ArrayDataset.of(2, new int[] {0}, new float[] {.5f, .5f, .5f, .5f})
                .all();
        FixedBudgetAttack.Search search = Fgsm.defaults().prepare(counting, batch);
        search.within(LpBall.linf(.1));
        search.within(LpBall.linf(.2));
        assertThat(gradients[0]).isEqualTo(1);
    }

    @Test
    void never_leaves_the_ball_or_the_range() {
        long seed = 3;
        SplittableRandom random = RandomKey.of(seed).with("fgsm").generator();
        for (int round = 0; round < 100; round++) {
            float[] x = new float[4];
            for (int i = 0; i < 4; i++) {
                x[i] = (float) random.nextDouble();
            }
            Batch batch = ArrayDataset.of(2, new int[] {random.nextInt(2)}, x).all();
            LpBall ball = LpBall.linf(random.nextDouble());
            float[] moved = Fgsm.defaults().prepare(BINARY, batch).within(ball);
            String repeat = "seed %d, round %d".formatted(seed, round);
            assertThat(ball.allows(ball.distance(x, moved, 0, 4))).as(repeat).isTrue();
            for (float pixel : moved) {
                assertThat(pixel).as(repeat).isBetween(0f, 1f);
            }
        }
    }

    @Test
    void tells_its_name_and_options() {
        assertThat(Fgsm.defaults().name()).isEqualTo("fgsm");
        assertThat(Fgsm.defaults().options()).containsExactly(Map.entry("loss", "cross-entropy"));
    }
}

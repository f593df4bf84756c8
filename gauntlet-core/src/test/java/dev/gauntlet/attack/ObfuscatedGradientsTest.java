package dev.gauntlet.attack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.gauntlet.GauntletException;
import dev.gauntlet.RandomKey;
import dev.gauntlet.attack.kit.AttackResult;
import dev.gauntlet.attack.kit.Problem;
import dev.gauntlet.data.Batch;
import dev.gauntlet.data.ImageShape;
import dev.gauntlet.loss.Margin;
import dev.gauntlet.model.DifferentiableClassifier;
import dev.gauntlet.model.ExpectationOverTransformations;
import dev.gauntlet.model.Gradient;
import dev.gauntlet.model.QuantisedModel;
import dev.gauntlet.model.StraightThrough;
import dev.gauntlet.testkit.ArrayDataset;
import dev.gauntlet.testkit.LinearModel;
import dev.gauntlet.threat.Norm;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Defences whose gradients say nothing, attacked with and without the wrapper that helps. */
class ObfuscatedGradientsTest {
    private static final double[] WEIGHTS = {.2, -.1, .3, -.2};

    /** Says class 1 where the weighted sum of the pixels is above 0.3. */
    private static final LinearModel LINEAR = new LinearModel(new double[][] {{0, 0, 0, 0}, WEIGHTS}, .3, 0);

    /** The sum is 0.1, and each 0.1 of epsilon adds 0.08: it takes 0.25. */
    private static final Batch GREY =
            ArrayDataset.of(2, new int[] {0}, new float[] {.5f, .5f, .5f, .5f}).all();

    private static final Batch BLACK = GREY.withPixels(new float[4]);

    private static final int LEVELS = 20;

    @Test
    void roundingHidesTheGradientAndTheStraightThroughGradientFindsIt() {
        DifferentiableClassifier defended = new QuantisedModel(LINEAR, 2, LEVELS);
        DifferentiableClassifier seenThrough = new StraightThrough(ObfuscatedGradientsTest::rounded, LINEAR);
        assertThat(seenThrough.logits(GREY)).usingRecursiveComparison().isEqualTo(defended.logits(GREY));

        assertThat(succeeds(defended, .4)).isFalse();
        // what is rounded to .75 makes a tie, so the pixels have to get beyond .775
        assertThat(succeeds(seenThrough, .27)).isFalse();
        assertThat(succeeds(seenThrough, .28)).isTrue();
    }

    @Test
    void theGradientIsThatOfTheRoundedImage() {
        Batch batch = GREY.withPixels(new float[] {.51f, .49f, .52f, .48f});
        Gradient through = new StraightThrough(ObfuscatedGradientsTest::rounded, LINEAR).gradient(batch, new Margin());
        Gradient there = LINEAR.gradient(rounded(batch), new Margin());
        assertThat(through).usingRecursiveComparison().isEqualTo(there);
    }

    @Test
    void refusesAStepThatChangesTheShape() {
        StraightThrough cropped = new StraightThrough(
                batch -> new Batch(new ImageShape(1, 1, 2), batch.ids(), batch.labels(), new float[2]), LINEAR);
        assertThatThrownBy(() -> cropped.logits(GREY))
                .isInstanceOf(GauntletException.class)
                .hasMessageContaining("returned 1 images of shape");
    }

    @Test
    void theMeanGradientComesNearTheTrueOneAsTheDrawsGrowInNumber() {
        assertThat(error(10)).isGreaterThan(.3);
        assertThat(error(4000)).isLessThan(.15); // the standard deviation is 2 / sqrt(4000) = 0.03
        Gradient mean = noisy(3, 7).gradient(GREY, new Margin());
        float[] sum = new float[4];
        for (int draw = 0; draw < 3; draw++) {
            float[] one = drawn(RandomKey.of(7).with(draw))
                    .gradient(GREY, new Margin())
                    .pixels();
            for (int i = 0; i < 4; i++) {
                sum[i] += one[i] / 3;
            }
        }
        assertThat(mean.pixels()).containsExactly(sum, within(1e-5f));
        assertThat(mean.losses()[0])
                .isCloseTo(mean.logits().values()[1] - (double) mean.logits().values()[0], within(1e-5));
    }

    @Test
    void noiseLeadsOneDrawAstrayAndTheMeanOfManyToTheSuccess() {
        DifferentiableClassifier judge = noisy(4000, 1);
        assertThat(judge.logits(GREY).prediction(0)).isZero();
        Problem problem = Problem.of(GREY, Norm.LINF);
        int misled = 0;
        for (int seed = 10; seed < 30; seed++) {
            // one step each, so that all depends on the direction; the judge has other draws
            AttackResult one = Fgsm.defaults().prepare(noisy(1, seed), problem).within(.35);
            misled += judge.logits(GREY.withPixels(one.pixels())).prediction(0) == 0 ? 1 : 0;
        }
        assertThat(misled).isGreaterThan(10);
        AttackResult many = Fgsm.defaults().prepare(noisy(4000, 2), problem).within(.35);
        assertThat(judge.logits(GREY.withPixels(many.pixels())).prediction(0)).isEqualTo(1);
    }

    @Test
    void theSameKeyGivesTheSameMean() {
        assertThat(noisy(5, 3).logits(BLACK).values())
                .isEqualTo(noisy(5, 3).logits(BLACK).values());
        assertThat(noisy(5, 3).logits(BLACK).values())
                .isNotEqualTo(noisy(5, 4).logits(BLACK).values());
    }

    @Test
    void noRecordTakesAWrappedModelForTheBareOne() {
        assertThat(new StraightThrough(ObfuscatedGradientsTest::rounded, LINEAR)
                        .card()
                        .architecture())
                .endsWith(", behind a step with a straight-through gradient");
        assertThat(noisy(20, 0).card().architecture()).endsWith(", behind the mean of 20 draws");
    }

    @Test
    void refusesAnExpectationOfNothing() {
        assertThatThrownBy(() -> noisy(0, 0))
                .isInstanceOf(GauntletException.class)
                .hasMessage("An expectation needs at least 1 draw, got 0.");
    }

    private static boolean succeeds(DifferentiableClassifier model, double epsilon) {
        return Pgd.defaults()
                .prepare(model, Problem.of(GREY, Norm.LINF))
                .within(epsilon)
                .success()[0];
    }

    private static Batch rounded(Batch batch) {
        float[] pixels = new float[batch.pixels().length];
        for (int i = 0; i < pixels.length; i++) {
            pixels[i] = (float) (Math.rint(LEVELS * (double) batch.pixels()[i]) / LEVELS);
        }
        return batch.withPixels(pixels);
    }

    private static double error(int draws) {
        float[] gradient = noisy(draws, 5).gradient(GREY, new Margin()).pixels();
        double largest = 0;
        for (int i = 0; i < 4; i++) {
            largest = Math.max(largest, Math.abs(gradient[i] - WEIGHTS[i]));
        }
        return largest;
    }

    private static ExpectationOverTransformations noisy(int draws, long seed) {
        return new ExpectationOverTransformations(ObfuscatedGradientsTest::drawn, draws, RandomKey.of(seed));
    }

    /** The linear model with normal noise of standard deviation 2 on its weights, and no net effect on a grey image. */
    private static LinearModel drawn(RandomKey key) {
        SplittableRandom random = key.generator();
        double[] weights = WEIGHTS.clone();
        double shift = 0;
        for (int i = 0; i < 4; i++) {
            double noise = 2 * random.nextGaussian();
            weights[i] += noise;
            shift -= noise / 2;
        }
        return new LinearModel(new double[][] {{0, 0, 0, 0}, weights}, .3, shift);
    }
}

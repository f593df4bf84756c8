package dev.gauntlet.attack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.gauntlet.RandomKey;
import dev.gauntlet.attack.kit.Findings;
import dev.gauntlet.attack.kit.Problem;
import dev.gauntlet.data.Batch;
import dev.gauntlet.data.ImageShape;
import dev.gauntlet.model.Classifier;
import dev.gauntlet.testkit.LinearModel;
import dev.gauntlet.threat.Norm;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class GradientEstimateTest {
    private static final int LENGTH = 100;
    private static final int SIZE = 15;
    private static final ImageShape SHAPE = new ImageShape(1, 10, 10);

    /** With uniform directions in d dimensions the cosine is about 1 / sqrt(1 + pi d / (2 probes)). */
    @ParameterizedTest
    @EnumSource(names = {"LINF", "L2"})
    void comesTheNearerToTheNormalTheMoreProbesThereAre(Norm norm) {
        double before = 0;
        for (int probes : new int[] {10, 100, 1000, 4000}) {
            double cosine = meanCosine(norm, .5f, 0, probes);
            assertThat(cosine)
                    .as("%s, %d probes", norm, probes)
                    .isCloseTo(1 / Math.sqrt(1 + Math.PI * LENGTH / (2 * probes)), within(.04))
                    .isGreaterThan(before);
            before = cosine;
        }
    }

    /**
     * Where nine of ten probes succeed, the answers differ from their mean by 0.6 only, and so does the noise of the
     * estimate; without a baseline the cosine would be .36.
     */
    @Test
    void aPointOffTheBoundaryGivesAnEstimateAsWell() {
        double offset = 1.2816 * .1 / Math.sqrt(LENGTH);
        assertThat(meanCosine(Norm.L2, .5f, offset, 100)).isCloseTo(.495, within(.04));
    }

    /** On a black image the mean step is towards white, which says nothing; without a baseline the cosine would be .11. */
    @Test
    void whatTheBoxTakesOfTheStepsDoesNotTipTheEstimate() {
        double offset = 1.2816 * .1 / Math.sqrt(2 * LENGTH);
        assertThat(meanCosine(Norm.L2, 0, offset, 2000)).isGreaterThan(.7);
    }

    @Test
    void answersThatAreAllAlikeGiveTheMeanStepOrItsOpposite() {
        LogitsOnly never = Toys.NEVER_FOOLED;
        LogitsOnly always = new LogitsOnly(2, x -> new float[] {0, 1});
        Problem problem = Problem.of(Toys.plain(SHAPE, .5f, 3), Norm.L2);
        float[] away = estimate(never, problem, 50);
        float[] towards = estimate(always, problem, 50);
        assertThat(Norm.L2.size(away, 0, LENGTH)).isGreaterThan(0);
        for (int i = 0; i < LENGTH; i++) {
            assertThat(away[i]).isEqualTo(-towards[i]);
        }
    }

    @Test
    void probesAreAsFarAwayAsTheyShouldAndTheExamplesOwn() {
        Questions model = new Questions(Toys.NEVER_FOOLED);
        Batch grey = Toys.plain(SHAPE, .5f, 3, 8);
        Problem problem = Problem.of(grey, Norm.LINF);
        DecisionOracle decisions = new DecisionOracle(model, problem, Findings.of(model, problem));
        GradientEstimate.of(decisions, problem, new int[] {0, 1}, grey.pixels(), new double[] {.2, .001}, 30, 1);
        GradientEstimate.of(
                decisions, problem, new int[] {1}, Toys.example(grey.pixels(), 1, LENGTH), new double[] {.2}, 30, 1);
        for (int probe = 1; probe <= 30; probe++) {
            float[] one = model.of(3).get(probe).pixels();
            float[] other = model.of(8).get(probe).pixels();
            float[] again = model.of(8).get(30 + probe).pixels();
            assertThat(Norm.L2.distance(grey.pixels(), one, 0, LENGTH)).isCloseTo(.2, within(1e-6));
            assertThat(Norm.L2.distance(grey.pixels(), other, 0, LENGTH)).isCloseTo(.001, within(1e-6));
            assertThat(again).isNotEqualTo(one);
            for (int i = 0; i < LENGTH; i++) {
                assertThat(again[i] - .5).isCloseTo(200 * (other[i] - .5), within(1e-4));
            }
        }
    }

    private static float[] estimate(Classifier model, Problem problem, int probes) {
        DecisionOracle decisions = new DecisionOracle(model, problem, Findings.of(model, problem));
        return GradientEstimate.of(
                decisions, problem, new int[] {0}, problem.clean().pixels(), new double[] {.1}, probes, 1);
    }

    /** Estimates the normal of a plane that is a little before images of one colour, and compares it with the truth. */
    private static double meanCosine(Norm norm, float colour, double offset, int probes) {
        SplittableRandom random = RandomKey.of(5).generator();
        double[] normal = Toys.weights(random, 1, LENGTH)[0];
        double size = Math.sqrt(Arrays.stream(normal).map(w -> w * w).sum());
        double value = colour * Arrays.stream(normal).sum();
        LinearModel model = new LinearModel(new double[][] {new double[LENGTH], normal}, 0, offset * size - value);
        Batch batch = Toys.plain(SHAPE, colour, IntStream.range(0, SIZE).toArray());
        Problem problem = Problem.of(batch, norm);
        int[] rows = IntStream.range(0, SIZE).toArray();
        double[] radii = new double[SIZE];
        Arrays.fill(radii, .1);
        float[] directions = GradientEstimate.of(
                new DecisionOracle(model, problem, Findings.of(Toys.NEVER_FOOLED, problem)),
                problem,
                rows,
                batch.pixels(),
                radii,
                probes,
                1);
        return Arrays.stream(rows)
                .mapToDouble(row -> {
                    double product = IntStream.range(0, LENGTH)
                            .mapToDouble(i -> normal[i] * directions[row * LENGTH + i])
                            .sum();
                    return product / size / Norm.L2.size(directions, row * LENGTH, LENGTH);
                })
                .average()
                .orElseThrow();
    }
}

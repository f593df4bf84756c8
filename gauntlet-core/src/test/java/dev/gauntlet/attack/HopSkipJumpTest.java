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
import dev.gauntlet.testkit.LinearModel;
import dev.gauntlet.testkit.TwoLayerModel;
import dev.gauntlet.threat.Norm;
import dev.gauntlet.threat.Targeted;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class HopSkipJumpTest {
    private static final ImageShape SHAPE = new ImageShape(1, 4, 4);

    /** Says 1 of what is bright, and so of any uniform noise. */
    private static final LinearModel BRIGHT = bright();

    /** How many halvings of 1 come down to 1e-3: the search from the noise, and each search for the boundary. */
    private static final int SEARCH = 10;

    private static LinearModel bright() {
        double[] weights = new double[16];
        Arrays.fill(weights, 1);
        return new LinearModel(new double[][] {new double[16], weights}, 0, -16 * .25);
    }

    @ParameterizedTest
    @CsvSource({"1, 100", "2, 141", "3, 173", "50, 707", "9999, 9999", "10000, 10000", "10001, 10000"})
    void probesGrowWithTheRootOfTheStep(int step, int probes) {
        assertThat(HopSkipJump.defaults().probes(step)).isEqualTo(probes);
    }

    @ParameterizedTest
    @CsvSource({
        "L2, 1, 784, 4.5554e-5",
        "LINF, 1, 784, 1.6269e-6",
        "L2, 2, 784, 9.1107e-5",
        "L2, 1, 3072, 5.8731e-6",
        "L2, 1, 6, 1e-3",
        "LINF, 1, 6, 1e-3",
        "LINF, 1, 3072, 1e-6",
        "L2, 1, 150528, 1e-6",
    })
    void searchesAsExactlyAsThePaperBetweenCoarseAndTheEndOfFloats(Norm norm, double gamma, int length, double theta) {
        assertThat(new HopSkipJump(50, 100, 10_000, gamma, 1000).theta(norm, length))
                .isCloseTo(theta, within(1e-4 * theta));
    }

    @ParameterizedTest
    @EnumSource(names = {"LINF", "L2"})
    void asksAsOftenAsItSays(Norm norm) {
        Questions model = new Questions(BRIGHT);
        attack(4, 60).nearest(model, Problem.of(Toys.plain(SHAPE, .1f, 3), norm));
        int probes = 60 + 84 + 103 + 120;
        assertThat(model.images()).isEqualTo(1 + 1 + SEARCH + SEARCH + probes + 4 * (1 + SEARCH));
    }

    @ParameterizedTest
    @EnumSource(names = {"LINF", "L2"})
    void asksAboutAllExamplesTogether(Norm norm) {
        HopSkipJump attack = attack(4, 60);
        Questions alone = new Questions(BRIGHT);
        attack.nearest(alone, Problem.of(Toys.plain(SHAPE, .1f, 3), norm));
        Questions two = new Questions(BRIGHT);
        attack.nearest(two, Problem.of(Toys.plain(SHAPE, .1f, 3, 4), norm));
        Questions many = new Questions(BRIGHT);
        attack.nearest(
                many, Problem.of(Toys.plain(SHAPE, .1f, IntStream.range(0, 50).toArray()), norm));

        assertThat(two.calls()).isEqualTo(alone.calls());
        assertThat(two.images()).isEqualTo(2 * alone.images());
        assertThat(many.images()).isEqualTo(50 * alone.images());
        // the probes of 50 examples take 12 to 24 calls of 256 images each; everything else as many as before
        int probeCalls = 12 + 17 + 21 + 24;
        assertThat(many.calls()).isEqualTo(alone.calls() - 4 + probeCalls);
        assertThat(many.arrays())
                .allSatisfy(array -> assertThat(array.length / 16).isLessThanOrEqualTo(256));
    }

    @Test
    void goesTheWayOfThePaper() {
        Questions model = new Questions(BRIGHT);
        Batch dark = Toys.plain(SHAPE, .1f, 3);
        attack(2, 60).nearest(model, Problem.of(dark, Norm.L2));
        List<Questions.DecisionGoal> asked = model.of(3);
        int probes = 2 + 2 * SEARCH;
        float[] first = lastSuccess(asked.subList(1, probes));
        requireProbes(asked.subList(probes, probes + 60), first, .1);

        float[] moved = asked.get(probes + 60).pixels();
        assertThat(distance(first, moved)).isCloseTo(distance(dark.pixels(), first), within(1e-5));
        int secondProbes = probes + 60 + 1 + SEARCH;
        float[] second = lastSuccess(asked.subList(probes + 60, secondProbes));
        // on the straight way from there to the clean image
        double share = distance(dark.pixels(), second) / distance(dark.pixels(), moved);
        for (int i = 0; i < 16; i++) {
            assertThat((double) second[i]).isCloseTo(.1 + share * (moved[i] - .1), within(1e-6));
        }
        double radius = 4 * 1e-3 * distance(dark.pixels(), moved);
        requireProbes(asked.subList(secondProbes, secondProbes + 84), second, radius);

        float[] movedAgain = asked.get(secondProbes + 84).pixels();
        assertThat(distance(second, movedAgain))
                .isCloseTo(distance(dark.pixels(), second) / Math.sqrt(2), within(1e-5));
    }

    private static void requireProbes(List<Questions.DecisionGoal> probes, float[] from, double radius) {
        for (Questions.DecisionGoal probe : probes) {
            assertThat(distance(from, probe.pixels())).isCloseTo(radius, within(1e-6));
        }
    }

    private static float[] lastSuccess(List<Questions.DecisionGoal> asked) {
        return asked.stream()
                .filter(question -> question.prediction() == 1)
                .reduce((before, after) -> after)
                .orElseThrow()
                .pixels();
    }

    private static double distance(float[] a, float[] b) {
        return Norm.L2.distance(a, b, 0, a.length);
    }

    @Test
    void givesUpAStepThatCannotBeMade() {
        // 1 is what is black and white, and what is about .08 away from that; no distance that is tried is
        LogitsOnly model = new LogitsOnly(2, x -> {
            double squares = 0;
            for (float pixel : x) {
                squares += Math.pow(Math.min(pixel, 1 - pixel), 2);
            }
            return new float[] {.5f, squares == 0 || (squares > .065 * .065 && squares < .12 * .12) ? 1 : 0};
        });
        Batch grey = Toys.plain(new ImageShape(1, 2, 2), .5f, 3, 4, 5);
        Questions questions = new Questions(model);
        AttackResult result = attack(1, 1000).nearest(questions, Problem.of(grey, Norm.L2));
        assertThat(result.success()).containsOnly(true);
        // two noise images, two searches, the probes, the step with all its halvings, and a search
        assertThat(questions.images()).isEqualTo(3 * (1 + 2 + 2 * SEARCH + 1000 + 25 + SEARCH));
    }

    @ParameterizedTest
    @EnumSource(names = {"LINF", "L2"})
    void hearsNothingButThePredictedClass(Norm norm) {
        SplittableRandom random = RandomKey.of(3).generator();
        TwoLayerModel model = new TwoLayerModel(
                Toys.weights(random, 12, 16), new double[12], Toys.weights(random, 4, 12), new double[4]);
        Batch batch = Toys.asPredicted(model, Toys.images(random, SHAPE, 6, 0, 1));
        LogitsOnly classes = new LogitsOnly(4, x -> {
            float[] only = new float[4];
            Batch one = new Batch(SHAPE, new int[1], new int[1], x);
            only[model.logits(one).prediction(0)] = 1;
            return only;
        });
        Problem problem = Problem.of(batch, norm);
        AttackResult byLogits = attack(5, 30).nearest(model, problem);
        AttackResult byClass = attack(5, 30).nearest(classes, problem);
        assertThat(byClass.success()).isEqualTo(byLogits.success()).containsOnly(true);
        assertThat(byClass.pixels()).isEqualTo(byLogits.pixels());
    }

    @ParameterizedTest
    @EnumSource(names = {"LINF", "L2"})
    void comesNearToTheNearestImageOfATargetInMoreDimensions(Norm norm) {
        ImageShape shape = new ImageShape(1, 10, 10);
        SplittableRandom random = RandomKey.of(8).generator();
        double[] weights = Toys.weights(random, 1, 100)[0];
        double size = norm == Norm.L2
                ? Math.sqrt(Arrays.stream(weights).map(w -> w * w).sum())
                : Arrays.stream(weights).map(Math::abs).sum();
        Batch batch = Toys.plain(shape, .5f, 1, 2, 3);
        double value = .5 * Arrays.stream(weights).sum();
        double nearest = norm == Norm.L2 ? .5 : .05;
        // class 2 is on the other side of the grey images than class 1
        double[] opposite = Arrays.stream(weights).map(w -> -w).toArray();
        LinearModel model = new LinearModel(
                new double[][] {new double[100], weights, opposite},
                0,
                -value - nearest * size,
                value - nearest * size);
        for (int target = 1; target <= 2; target++) {
            Problem problem = Problem.of(batch, norm).withCriterion(Targeted.at(target, 3));
            AttackResult result = HopSkipJump.defaults().nearest(model, problem);
            assertThat(Toys.predictions(model, batch.withPixels(result.pixels())))
                    .containsOnly(target);
            for (int row = 0; row < 3; row++) {
                assertThat(norm.distance(batch.pixels(), result.pixels(), row * 100, 100))
                        .isBetween(nearest, 1.1 * nearest);
            }
        }
    }

    @Test
    void tellsItsNameAndOptions() {
        assertThat(Attacks.parseBlackBox("hop-skip-jump")).isEqualTo(HopSkipJump.defaults());
        assertThat(HopSkipJump.defaults().options())
                .containsExactlyInAnyOrderEntriesOf(Map.of(
                        "steps", "50", "probes", "100", "most-probes", "10000", "gamma", "1.0", "draws", "1000"));
    }

    @Test
    void refusesOptionsOutOfRange() {
        List<Supplier<HopSkipJump>> wrong = List.of(
                () -> new HopSkipJump(0, 100, 1000, 1, 10),
                () -> new HopSkipJump(1, 0, 1000, 1, 10),
                () -> new HopSkipJump(1, 100, 1000, 0, 10),
                () -> new HopSkipJump(1, 100, 1000, 1, 0));
        for (Supplier<HopSkipJump> each : wrong) {
            assertThatThrownBy(each::get).isInstanceOf(GauntletException.class).hasMessageContaining("got 0");
        }
        for (double gamma : new double[] {-1, Double.NaN, Double.POSITIVE_INFINITY}) {
            assertThatThrownBy(() -> new HopSkipJump(1, 100, 1000, gamma, 10))
                    .isInstanceOf(GauntletException.class)
                    .hasMessageContaining("got " + gamma);
        }
        assertThatThrownBy(() -> new HopSkipJump(1, 100, 99, 1, 10))
                .isInstanceOf(GauntletException.class)
                .hasMessageContaining("starts with 100")
                .hasMessageContaining("99");
    }

    private static HopSkipJump attack(int steps, int probes) {
        return new HopSkipJump(steps, probes, 10_000, 1, 100);
    }
}

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
import dev.gauntlet.model.Classifier;
import dev.gauntlet.threat.Norm;
import java.util.Arrays;
import java.util.List;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class NoiseTest {
    private static final ImageShape SHAPE = new ImageShape(1, 20, 20);

    static Stream<FixedBudgetAttack<Classifier>> clippingAware() {
        return Stream.of(GaussianNoise.defaults(), UniformNoise.defaults());
    }

    @ParameterizedTest
    @MethodSource("clippingAware")
    void hasTheSizeOfTheBudgetAfterClipping(FixedBudgetAttack<Classifier> attack) {
        // half of the pixels are white, where half of the noise is clipped
        Batch batch = Toys.images(RandomKey.of(3).generator(), SHAPE, 1, .5, 1.5);
        for (int i = 0; i < 400; i++) {
            batch.pixels()[i] = Math.min(1, batch.pixels()[i]);
        }
        for (double epsilon : new double[] {1e-3, .1, 1, 5, 9}) {
            for (double size : sizes(attack, batch, Norm.L2, epsilon)) {
                assertThat(size).isCloseTo(epsilon, within(2e-6));
            }
        }
        // the furthest corner is at most 20 away, but not every noise points there
        for (double size : sizes(attack, batch, Norm.L2, 15)) {
            assertThat(size).isBetween(10.0, 15.0);
        }
    }

    @Test
    void losesWhatIsClippedUnlessItIsClippingAware() {
        Batch black = Toys.plain(SHAPE, 0, 5);
        for (FixedBudgetAttack<Classifier> attack :
                List.of(new GaussianNoise(50, false), new UniformNoise(50, false))) {
            assertThat(sizes(attack, black, Norm.L2, 2))
                    .allSatisfy(size -> assertThat(size).isCloseTo(2 * Math.sqrt(.5), within(.15)));
        }
    }

    @Test
    void isAsLargeAsTheBudgetInLInfinity() {
        Batch grey = Toys.plain(SHAPE, .5f, 5);
        assertThat(sizes(UniformNoise.defaults(), grey, Norm.LINF, .3))
                .allSatisfy(size -> assertThat(size).isCloseTo(.3, within(1e-6)));
    }

    @Test
    void hasTheDistributionOfItsName() {
        Batch grey = Toys.plain(SHAPE, .5f, 5);
        // the kurtosis of a normal number is 3, that of a uniform one 1.8
        assertThat(kurtosis(GaussianNoise.defaults(), grey)).isCloseTo(3, within(.1));
        assertThat(kurtosis(UniformNoise.defaults(), grey)).isCloseTo(1.8, within(.05));
    }

    @ParameterizedTest
    @MethodSource("clippingAware")
    void isDrawnAnewUntilTheExampleIsFooled(FixedBudgetAttack<Classifier> attack) {
        // wrong for one noise in eight, as the signs of three pixels are
        LogitsOnly model = new LogitsOnly(2, x -> new float[] {x[0] > .5f && x[1] > .5f && x[2] > .5f ? 0 : 1, .5f});
        Batch grey = Toys.plain(SHAPE, .5f, IntStream.range(0, 40).toArray());
        Questions questions = new Questions(model);
        AttackResult result =
                attack.prepare(questions, Problem.of(grey, Norm.L2)).within(1);
        assertThat(result.success()).containsOnly(true);
        int asked = 0;
        for (int id = 0; id < 40; id++) {
            List<Questions.DecisionGoal> of = questions.of(id);
            assertThat(of.stream().map(question -> question.pixels()[7]).distinct())
                    .hasSameSizeAs(of);
            assertThat(of.subList(0, of.size() - 1)).allMatch(question -> question.prediction() == 0);
            assertThat(of.get(of.size() - 1).prediction()).isEqualTo(1);
            asked += of.size() - 1;
        }
        assertThat(asked / 40.0).isBetween(4.0, 14.0);
    }

    @Test
    void stopsAfterTheLastRepeat() {
        Batch grey = Toys.plain(SHAPE, .5f, 1, 2);
        Questions questions = new Questions(Toys.NEVER_FOOLED);
        FixedBudgetAttack.Search search = new UniformNoise(7, true).prepare(questions, Problem.of(grey, Norm.LINF));
        search.within(.1);
        search.within(.2);
        assertThat(questions.calls()).isEqualTo(1 + 2 * 7);
        assertThat(questions.images()).isEqualTo(2 * questions.calls());
    }

    @ParameterizedTest
    @EnumSource(names = {"L0", "L1", "L2"})
    void saltAndPepperComesDownToThePixelsThatMatter(Norm norm) {
        // wrong where the first pixel is white, or where the second and the third are black
        LogitsOnly model = new LogitsOnly(2, x -> new float[] {x[0] == 1 || (x[1] == 0 && x[2] == 0) ? 0 : 1, .5f});
        Batch grey =
                Toys.plain(new ImageShape(1, 4, 5), .5f, IntStream.range(0, 30).toArray());
        Questions questions = new Questions(model);
        AttackResult result = SaltAndPepper.defaults().nearest(questions, Problem.of(grey, norm));
        double nearest = norm == Norm.L0 ? 1 : .5;
        int exact = 0;
        for (int row = 0; row < 30; row++) {
            double distance = norm.distance(grey.pixels(), result.pixels(), row * 20, 20);
            assertThat(distance).isLessThanOrEqualTo(norm == Norm.L2 ? Math.sqrt(3) * nearest : 3 * nearest);
            exact += distance == nearest ? 1 : 0;
        }
        assertThat(exact).isGreaterThan(25);
        // noise that cannot be nearer is not asked about
        assertThat(questions.images()).isLessThan(30 * 200);
    }

    @Test
    void saltAndPepperChangesChannelsTogetherOrNot() {
        Batch grey = Toys.plain(new ImageShape(3, 4, 4), .5f, 5);
        for (boolean together : new boolean[] {true, false}) {
            Questions questions = new Questions(Toys.NEVER_FOOLED);
            new SaltAndPepper(100, together).nearest(questions, Problem.of(grey, Norm.L0));
            long apart = questions.of(5).stream()
                    .filter(question -> IntStream.range(0, 16)
                            .anyMatch(i -> question.pixels()[i] != question.pixels()[16 + i]
                                    || question.pixels()[i] != question.pixels()[32 + i]))
                    .count();
            assertThat(apart > 0).isEqualTo(!together);
        }
    }

    @Test
    void saltAndPepperTriesEveryShareIfNothingHelps() {
        int steps = 200;
        Batch grey = Toys.plain(SHAPE, .5f, 5);
        Questions questions = new Questions(Toys.NEVER_FOOLED);
        new SaltAndPepper(steps, true).nearest(questions, Problem.of(grey, Norm.L0));
        List<Questions.DecisionGoal> asked = questions.of(5);
        assertThat(asked.size()).isBetween(steps - 3, steps + 1);
        for (int i = 1; i < asked.size(); i++) {
            float[] pixels = asked.get(i).pixels();
            double share = norm0(pixels) / 400.0;
            assertThat(share).as("step %d", i).isCloseTo((i + steps + 1.0 - asked.size()) / steps, within(.12));
            for (float pixel : pixels) {
                assertThat(pixel).isIn(0f, .5f, 1f);
            }
        }
        assertThat(norm0(asked.get(asked.size() - 1).pixels())).isEqualTo(400);
    }

    @Test
    void saltAndPepperGoesOnWithHalfOfWhatWasASuccess() {
        LogitsOnly model = new LogitsOnly(2, x -> new float[] {norm0(x) >= 200 ? 0 : 1, .5f});
        Batch grey = Toys.plain(SHAPE, .5f, 5);
        Questions questions = new Questions(model);
        new SaltAndPepper(200, true).nearest(questions, Problem.of(grey, Norm.L0));
        long[] changed = questions.of(5).stream()
                .mapToLong(question -> norm0(question.pixels()))
                .toArray();
        int first = IntStream.range(0, changed.length)
                .filter(i -> changed[i] >= 200)
                .findFirst()
                .orElseThrow();
        assertThat(changed[first + 1]).isBetween(70L, 140L);
        assertThat(Arrays.stream(changed).skip(first + 1).filter(count -> count > changed[first]))
                .isEmpty();
    }

    @Test
    void everyAttackNeedsAtLeastOneTry() {
        assertThatThrownBy(() -> new GaussianNoise(0, true))
                .isInstanceOf(GauntletException.class)
                .hasMessage("Gaussian noise requires at least 1 repeat, got 0.");
        assertThatThrownBy(() -> new UniformNoise(-1, true))
                .isInstanceOf(GauntletException.class)
                .hasMessage("Uniform noise requires at least 1 repeat, got -1.");
        assertThatThrownBy(() -> new SaltAndPepper(0, true))
                .isInstanceOf(GauntletException.class)
                .hasMessage("Salt and pepper noise requires at least 1 step, got 0.");
    }

    private static long norm0(float[] pixels) {
        return IntStream.range(0, pixels.length).filter(i -> pixels[i] != .5f).count();
    }

    /** Returns how far the model is asked to look from an example. */
    private static List<Double> sizes(FixedBudgetAttack<Classifier> attack, Batch batch, Norm norm, double epsilon) {
        Questions questions = new Questions(Toys.NEVER_FOOLED);
        attack.prepare(questions, Problem.of(batch, norm)).within(epsilon);
        return questions.of(batch.ids()[0]).stream()
                .skip(1)
                .mapToDouble(question -> norm.distance(batch.pixels(), question.pixels(), 0, question.pixels().length))
                .boxed()
                .toList();
    }

    private static double kurtosis(FixedBudgetAttack<Classifier> attack, Batch grey) {
        Questions questions = new Questions(Toys.NEVER_FOOLED);
        attack.prepare(questions, Problem.of(grey, Norm.L2)).within(1);
        double[] noise = questions.of(grey.ids()[0]).stream()
                .skip(1)
                .flatMapToDouble(question ->
                        IntStream.range(0, question.pixels().length).mapToDouble(i -> question.pixels()[i] - .5))
                .toArray();
        double variance = DoubleStream.of(noise).map(x -> x * x).average().orElseThrow();
        return Arrays.stream(noise).map(x -> x * x * x * x).average().orElseThrow() / variance / variance;
    }
}

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
import dev.gauntlet.model.QuantisedModel;
import dev.gauntlet.testkit.LinearModel;
import dev.gauntlet.threat.Norm;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SpsaTest {
    @Test
    void movesEveryPixelAlongTheGradientByTheLearningRate() {
        float[] weights = {3, -3, 3, 3, -3, -3, -3, 3};
        LogitsOnly model = new LogitsOnly(2, x -> {
            float sum = 0;
            for (int i = 0; i < x.length; i++) {
                sum += weights[i] * x[i];
            }
            return new float[] {100, sum};
        });
        Batch grey = Toys.plain(new ImageShape(1, 2, 4), .5f, 5);
        int samples = 5000;
        Questions questions = new Questions(model);
        new Spsa(5, samples, .01, .02)
                .prepare(questions, Problem.of(grey, Norm.LINF))
                .within(.07);
        for (int step = 1; step <= 5; step++) {
            float[] x = questions.of(5).get(step * (2 * samples + 1)).pixels();
            for (int i = 0; i < x.length; i++) {
                // the fourth step ends at the budget
                double way = Math.min(.07, step * .02);
                assertThat(x[i])
                        .as("step %d, pixel %d", step, i)
                        .isCloseTo((float) (.5 + way * Math.signum(weights[i])), within(3e-4f));
            }
        }
    }

    @Test
    void asksAboutPairsOnOppositeSides() {
        Batch grey = Toys.plain(new ImageShape(1, 9, 9), .5f, 5);
        Questions questions = new Questions(Toys.NEVER_FOOLED);
        int samples = 700;
        new Spsa(1, samples, .25, .02)
                .prepare(questions, Problem.of(grey, Norm.LINF))
                .within(.1);
        List<Questions.DecisionGoal> asked = questions.of(5);
        int[] above = new int[81];
        for (int sample = 0; sample < samples; sample++) {
            float[] plus = asked.get(1 + 2 * sample).pixels();
            float[] minus = asked.get(2 + 2 * sample).pixels();
            for (int i = 0; i < 81; i++) {
                assertThat(Math.abs(plus[i] - .5f)).isEqualTo(.25f);
                assertThat(minus[i]).isEqualTo(1 - plus[i]);
                above[i] += plus[i] > .5f ? 1 : 0;
            }
        }
        // 6 standard deviations
        assertThat(Arrays.stream(above)).allMatch(count -> Math.abs(count - 350) < 80);
        // a model that says the same of everything gives no direction
        assertThat(asked.get(1 + 2 * samples).pixels()).isEqualTo(grey.pixels());
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "3, 128", "2, 600"})
    void asksExactlyAsOftenAsItSays(int steps, int samples) {
        Batch batch = Toys.images(RandomKey.of(0).generator(), new ImageShape(1, 3, 3), 3, 0, 1);
        Questions questions = new Questions(Toys.NEVER_FOOLED);
        new Spsa(steps, samples, .01, .01)
                .prepare(questions, Problem.of(batch, Norm.LINF))
                .within(.1);
        assertThat(questions.images()).isEqualTo(3 * (1 + steps * (2 * samples + 1)));
    }

    @Test
    void isNotMisledByAMaskedGradient() {
        ImageShape shape = new ImageShape(1, 6, 6);
        SplittableRandom random = RandomKey.of(1).generator();
        LinearModel plain = new LinearModel(Toys.weights(random, 3, shape.size()), new double[3]);
        QuantisedModel model = new QuantisedModel(plain, 3, 5);
        Batch batch = Toys.asPredicted(model, Toys.images(random, shape, 10, 0, 1));
        Problem problem = Problem.of(batch, Norm.LINF);
        AttackResult byGradient = new Pgd(100, .1, true, 1, .99, Pgd.defaults().loss())
                .prepare(model, problem)
                .within(.2);
        AttackResult byDifferences =
                new Spsa(50, 64, .1, .02).prepare(model, problem).within(.2);
        assertThat(Toys.successes(byGradient)).isLessThan(3);
        assertThat(Toys.successes(byDifferences)).isEqualTo(10);
    }

    @Test
    void aPairThatGivesNoNumbersSaysNothing() {
        int[] asked = {0};
        LogitsOnly model = new LogitsOnly(2, x -> {
            // the clean image comes first
            boolean broken = asked[0]++ % 5 == 3;
            return new float[] {broken ? Float.NaN : .7f, x[0] - x[1] + .5f};
        });
        Batch grey = Toys.plain(new ImageShape(1, 2, 2), .5f, 5);
        AttackResult result =
                Spsa.defaults().prepare(model, Problem.of(grey, Norm.LINF)).within(.2);
        assertThat(result.success()).containsExactly(true);
        assertThat(result.pixels()[0] - result.pixels()[1]).isGreaterThan(.2f);
    }

    @Test
    void drawsForEachExampleByItsId() {
        Batch grey = Toys.plain(new ImageShape(1, 6, 6), .5f, 3, 8);
        Questions questions = new Questions(Toys.NEVER_FOOLED);
        new Spsa(2, 5, .01, .01).prepare(questions, Problem.of(grey, Norm.LINF)).within(.25);
        long different = IntStream.rangeClosed(1, 10)
                .filter(i -> !Arrays.equals(
                        questions.of(3).get(i).pixels(), questions.of(8).get(i).pixels()))
                .count();
        assertThat(different).isEqualTo(10);
        assertThat(questions.of(3).get(1 + 11).pixels())
                .isNotEqualTo(questions.of(3).get(1).pixels());
    }

    @Test
    void tellsItsNameAndOptions() {
        assertThat(Attacks.parse("spsa")).isEqualTo(Spsa.defaults());
        assertThat(Spsa.defaults().options())
                .containsExactlyInAnyOrderEntriesOf(
                        Map.of("steps", "100", "samples", "128", "delta", "0.01", "learning-rate", "0.01"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            0 | 1 | .1  | .1  | SPSA requires at least 1 step, got 0.
            1 | 0 | .1  | .1  | SPSA requires at least 1 sample, got 0.
            1 | 1 | 0   | .1  | The delta of SPSA, a change of pixels, must be above 0 and at most 1, got 0.0.
            1 | 1 | NaN | .1  | The delta of SPSA, a change of pixels, must be above 0 and at most 1, got NaN.
            1 | 1 | .1  | 1.5 | The learning rate of SPSA, a change of pixels, must be above 0 and at most 1, got 1.5.
            1 | 1 | .1  | NaN | The learning rate of SPSA, a change of pixels, must be above 0 and at most 1, got NaN.
            """)
    void refusesOptionsOutOfRange(int steps, int samples, double delta, double learningRate, String message) {
        assertThatThrownBy(() -> new Spsa(steps, samples, delta, learningRate))
                .isInstanceOf(GauntletException.class)
                .hasMessage(message);
    }
}

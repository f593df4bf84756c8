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
import dev.gauntlet.threat.LpBall;
import dev.gauntlet.threat.Norm;
import dev.gauntlet.threat.Targeted;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class SquareTest {
    @ParameterizedTest
    @CsvSource({
        "0, .8",
        "10, .8",
        "11, .4",
        "50, .4",
        "51, .2",
        "200, .2",
        "201, .1",
        "500, .1",
        "501, .05",
        "1000, .05",
        "1001, .025",
        "2000, .025",
        "2001, .0125",
        "4000, .0125",
        "4001, .00625",
        "4998, .00625"
    })
    void halvesTheShareWhenAutoattackDoes(int change, double share) {
        assertThat(new Square(5000, .8, 1, false).share(change)).isEqualTo(share);
    }

    @ParameterizedTest
    @CsvSource({
        "0, .8",
        "5, .8",
        "6, .4",
        "100, .2",
        "101, .1",
        "3000, .00625",
        "3001, .003125",
        "4000, .003125",
        "4001, .0015625"
    })
    void spreadsTheHalvingsOverTheQueriesWhenRescaled(int change, double share) {
        assertThat(Square.defaults().share(change)).isEqualTo(share);
    }

    @Test
    void findsExactlyWhatCanBeFoundInLinearModelsInLInfinity() {
        ImageShape shape = new ImageShape(2, 3, 3);
        int found = 0;
        for (long seed = 0; seed < 12; seed++) {
            SplittableRandom random = RandomKey.of(seed).generator();
            double[][] weights = Toys.weights(random, 2 + (int) seed % 3, shape.size());
            LinearModel model = new LinearModel(weights, new double[weights.length]);
            Batch batch = Toys.asPredicted(model, Toys.images(random, shape, 20, 0, 1));
            double epsilon = .05;
            AttackResult result = new Square(1000, .8, 1, true)
                    .prepare(model, Problem.of(batch, Norm.LINF).withSeed(seed))
                    .within(epsilon);
            for (int row = 0; row < batch.size(); row++) {
                double best = largestMargin(weights, batch, row, epsilon);
                assertThat(Math.abs(best)).as("too close to call").isGreaterThan(1e-6);
                assertThat(result.success()[row])
                        .as("seed %d, row %d, margin %s", seed, row, best)
                        .isEqualTo(best > 0);
                found += result.success()[row] ? 1 : 0;
            }
        }
        assertThat(found).isBetween(60, 180);
    }

    /**
     * Bumps of 3x3 pixels and more do not fit any weights. A search by a second program, written from the reference, came as
     * near: factors 1.16 to 1.61 in L2 and 1.05 to 1.27 in L1.
     */
    @ParameterizedTest
    @CsvSource({"L2, 1.6", "L1, 1.4"})
    void comesNearToWhatCanBeFoundInLinearModels(Norm norm, double factor) {
        ImageShape shape = new ImageShape(1, 6, 6);
        for (long seed = 0; seed < 6; seed++) {
            SplittableRandom random = RandomKey.of(seed).generator();
            double[] weights = Toys.weights(random, 1, 36)[0];
            double size = norm == Norm.L2
                    ? Math.sqrt(Arrays.stream(weights).map(w -> w * w).sum())
                    : Arrays.stream(weights).map(Math::abs).max().orElseThrow();
            Batch batch = Toys.images(random, shape, 1, .45, .55);
            double value = IntStream.range(0, 36)
                    .mapToDouble(i -> weights[i] * batch.pixels()[i])
                    .sum();
            // far from the edges of the box, at a distance of .3 from the other class
            LinearModel model = new LinearModel(new double[][] {new double[36], weights}, 0, -value - .3 * size);
            Problem problem = Problem.of(batch, norm).withSeed(seed);
            FixedBudgetAttack.Search search = new Square(3000, .8, 1, true).prepare(model, problem);
            assertThat(search.within(.3 * factor).success()[0])
                    .as("seed %d", seed)
                    .isTrue();
            assertThat(search.within(.3 * .999).success()[0])
                    .as("seed %d", seed)
                    .isFalse();
        }
    }

    @Test
    void isNotMisledByAMaskedGradient() {
        ImageShape shape = new ImageShape(1, 8, 8);
        SplittableRandom random = RandomKey.of(1).generator();
        double[][] weights = Toys.weights(random, 3, shape.size());
        LinearModel plain = new LinearModel(weights, new double[3]);
        QuantisedModel model = new QuantisedModel(plain, 3, 5);
        Batch batch = Toys.asPredicted(model, Toys.images(random, shape, 10, 0, 1));
        Problem problem = Problem.of(batch, Norm.LINF);
        AttackResult byGradient = new Pgd(100, .1, true, 1, .99, Pgd.defaults().loss())
                .prepare(model, problem)
                .within(.2);
        AttackResult bySquares = Square.defaults().prepare(model, problem).within(.2);
        assertThat(Toys.successes(byGradient)).isLessThan(3);
        assertThat(Toys.successes(bySquares)).isEqualTo(10);
    }

    @Test
    void asksExactlyAsOftenAsItMay() {
        Batch batch = Toys.images(RandomKey.of(0).generator(), new ImageShape(1, 4, 4), 3, 0, 1);
        for (Norm norm : Square.defaults().norms()) {
            Questions model = new Questions(Toys.NEVER_FOOLED);
            new Square(20, .8, 2, true).prepare(model, Problem.of(batch, norm)).within(.1);
            assertThat(model.calls()).as("%s", norm).isEqualTo(1 + 2 * 20);
            assertThat(model.images()).as("%s", norm).isEqualTo(3 * (1 + 2 * 20));
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"LINF", "L2", "L1"})
    void asksWithTheSameArrayUntilAnExampleIsFooled(Norm norm) {
        Questions model = new Questions(Toys.NEVER_FOOLED);
        Batch batch = Toys.images(RandomKey.of(0).generator(), new ImageShape(1, 6, 6), 3, 0, 1);
        new Square(20, .8, 1, true).prepare(model, Problem.of(batch, norm)).within(.1);
        List<float[]> arrays = model.arrays();
        assertThat(arrays).hasSize(21);
        assertThat(arrays.get(1)).isNotSameAs(batch.pixels());
        assertThat(arrays.subList(1, 21)).allSatisfy(array -> assertThat(array).isSameAs(arrays.get(1)));
    }

    @Test
    void asksNoMoreAboutAnExampleThatIsFooled() {
        ImageShape shape = new ImageShape(1, 4, 4);
        SplittableRandom random = RandomKey.of(2).generator();
        LinearModel model = new LinearModel(Toys.weights(random, 3, 16), new double[3]);
        Batch batch = Toys.asPredicted(model, Toys.images(random, shape, 30, 0, 1));
        Questions questions = new Questions(model);
        AttackResult result = new Square(40, .8, 2, true)
                .prepare(questions, Problem.of(batch, Norm.LINF))
                .within(.1);
        int early = 0;
        for (int row = 0; row < batch.size(); row++) {
            List<Questions.DecisionGoal> asked = questions.of(batch.ids()[row]);
            int label = batch.labels()[row];
            for (int i = 0; i < asked.size() - 1; i++) {
                assertThat(asked.get(i).prediction())
                        .as("row %d, query %d", row, i)
                        .isEqualTo(label);
            }
            boolean fooled = asked.get(asked.size() - 1).prediction() != label;
            assertThat(result.success()[row]).isEqualTo(fooled);
            assertThat(asked.size()).as("row %d", row).isLessThanOrEqualTo(81);
            early += fooled && asked.size() < 40 ? 1 : 0;
        }
        assertThat(early).isBetween(5, 29);
    }

    @Test
    void aTieThatLeavesThePredictionIsNoSuccess() {
        LogitsOnly tie = new LogitsOnly(3, x -> new float[] {.5f, .5f, 0});
        Batch batch = Toys.images(RandomKey.of(0).generator(), new ImageShape(1, 3, 3), 4, 0, 1);
        AttackResult result = new Square(30, .8, 1, true)
                .prepare(tie, Problem.of(batch, Norm.LINF))
                .within(.3);
        assertThat(result.success()).containsOnly(false);
        assertThat(result.pixels()).isEqualTo(batch.pixels());
    }

    @Test
    void beginsWithVerticalStripesHoweverBadTheyAre() {
        // every change makes it worse for the adversary
        LogitsOnly model = new LogitsOnly(2, x -> {
            float size = 0;
            for (float pixel : x) {
                size += Math.abs(pixel - .5f);
            }
            return new float[] {1 + size, 0};
        });
        ImageShape shape = new ImageShape(2, 10, 10);
        Batch grey = Toys.plain(shape, .5f, 5);
        Questions questions = new Questions(model);
        new Square(20, .04, 1, false)
                .prepare(questions, Problem.of(grey, Norm.LINF))
                .within(.25);
        float[] start = questions.of(5).get(1).pixels();
        for (int i = 0; i < start.length; i++) {
            assertThat(Math.abs(start[i] - .5f)).isEqualTo(.25f);
            assertThat(start[i]).isEqualTo(start[i / 100 * 100 + i % 10]);
        }
        assertThat(start).contains(.25f, .75f);
        for (Questions.DecisionGoal question : questions.of(5).subList(2, 21)) {
            assertThat(changed(start, question.pixels())).isLessThanOrEqualTo(2 * 2 * 2);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"LINF", "L2", "L1"})
    void mayChangeEveryRowAndColumn(Norm norm) {
        ImageShape shape = new ImageShape(1, 9, 9);
        Batch grey = Toys.plain(shape, .5f, 5);
        Questions questions = new Questions(Toys.NEVER_FOOLED);
        new Square(300, .01, 1, false)
                .prepare(questions, Problem.of(grey, norm))
                .within(.25);
        float[] start = questions.of(5).get(1).pixels();
        boolean[] touched = new boolean[81];
        for (Questions.DecisionGoal question : questions.of(5).subList(2, 301)) {
            for (int i = 0; i < 81; i++) {
                touched[i] |= Math.abs(question.pixels()[i] - start[i]) > 1e-3;
            }
        }
        for (int i = 0; i < 9; i++) {
            assertThat(anyOf(touched, 9 * i, 9 * i + 9, 1)).as("row %d", i).isTrue();
            assertThat(anyOf(touched, i, 81, 9)).as("column %d", i).isTrue();
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"LINF", "L2", "L1"})
    void drawsForEachExampleByItsId(Norm norm) {
        ImageShape shape = new ImageShape(1, 6, 6);
        Batch grey = Toys.plain(shape, .5f, 3, 8);
        Questions together = new Questions(Toys.NEVER_FOOLED);
        new Square(20, .2, 2, false).prepare(together, Problem.of(grey, norm)).within(.25);
        Questions alone = new Questions(Toys.NEVER_FOOLED);
        new Square(20, .2, 2, false)
                .prepare(alone, Problem.of(grey.select(new int[] {1}), norm))
                .within(.25);
        for (int i = 1; i <= 40; i++) {
            float[] one = together.of(3).get(i).pixels();
            float[] other = together.of(8).get(i).pixels();
            assertThat(other).as("query %d", i).isEqualTo(alone.of(8).get(i).pixels());
            assertThat(other).as("query %d", i).isNotEqualTo(one);
        }
        // the second restart is another search
        assertThat(together.of(3).get(21).pixels())
                .isNotEqualTo(together.of(3).get(1).pixels());
    }

    @Test
    void anExampleFaresAlikeAloneAndInAnyCompany() {
        for (Norm norm : Square.defaults().norms()) {
            SplittableRandom random = RandomKey.of(4).generator();
            ImageShape shape = new ImageShape(3, 4, 5);
            LinearModel model = new LinearModel(Toys.weights(random, 4, 60), new double[4]);
            Problem problem = Problem.of(Toys.asPredicted(model, Toys.images(random, shape, 12, 0, 1)), norm);
            double epsilon = norm == Norm.LINF ? .03 : norm == Norm.L2 ? .3 : 1.2;
            Square attack = new Square(100, .8, 2, true);
            AttackResult all = attack.prepare(model, problem).within(epsilon);
            assertThat(Toys.successes(all)).as("%s", norm).isBetween(2, 10);
            for (int[] rows : new int[][] {{0}, {7}, {11, 3, 5}, {10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0}}) {
                AttackResult some = attack.prepare(model, problem.select(rows)).within(epsilon);
                for (int i = 0; i < rows.length; i++) {
                    assertThat(some.success()[i]).as("%s, %d", norm, rows[i]).isEqualTo(all.success()[rows[i]]);
                    assertThat(Toys.example(some.pixels(), i, 60))
                            .as("%s, %d", norm, rows[i])
                            .isEqualTo(Toys.example(all.pixels(), rows[i], 60));
                }
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"LINF, .3", "LINF, .0001", "L2, 2", "L2, .001", "L2, 1e-7", "L1, 9", "L1, .001"})
    void everyCandidateIsInBallAndBox(Norm norm, double epsilon) {
        for (ImageShape shape : List.of(new ImageShape(1, 28, 28), new ImageShape(3, 2, 7), new ImageShape(1, 1, 1))) {
            Batch batch = Toys.images(RandomKey.of(0).generator(), shape, 2, 0, 1);
            Questions questions = new Questions(Toys.NEVER_FOOLED);
            new Square(60, .8, 1, true)
                    .prepare(questions, Problem.of(batch, norm))
                    .within(epsilon);
            for (int row = 0; row < 2; row++) {
                float[] clean = Toys.example(batch.pixels(), row, shape.size());
                for (Questions.DecisionGoal question : questions.of(batch.ids()[row])) {
                    double distance = norm.distance(clean, question.pixels(), 0, shape.size());
                    assertThat(new LpBall(norm, epsilon).allows(distance))
                            .as("%s, distance %s", shape, distance)
                            .isTrue();
                    for (float pixel : question.pixels()) {
                        assertThat(pixel).isBetween(0f, 1f);
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"L2, .5", "L1, .4"})
    void usesAllOfTheBudget(Norm norm, double epsilon) {
        LogitsOnly model = new LogitsOnly(2, x -> {
            double sum = 0;
            for (int i = 0; i < x.length; i++) {
                sum += Math.sin(i) * x[i];
            }
            return new float[] {100, (float) sum};
        });
        ImageShape shape = new ImageShape(2, 12, 12);
        Batch grey = Toys.plain(shape, .5f, 5);
        Questions questions = new Questions(model);
        new Square(1000, .3, 1, true).prepare(questions, Problem.of(grey, norm)).within(epsilon);
        for (Questions.DecisionGoal question : questions.of(5).subList(1, 1001)) {
            assertThat(norm.distance(grey.pixels(), question.pixels(), 0, shape.size()))
                    .isCloseTo(epsilon, within(1e-4 * epsilon));
        }
    }

    @Test
    void hitsTheTarget() {
        SplittableRandom random = RandomKey.of(6).generator();
        ImageShape shape = new ImageShape(1, 6, 6);
        LinearModel model = new LinearModel(Toys.weights(random, 5, 36), new double[5]);
        Batch batch = Toys.asPredicted(model, Toys.images(random, shape, 10, .3, .7));
        for (Norm norm : Square.defaults().norms()) {
            Problem problem = Problem.of(batch, norm).withCriterion(Targeted.next(5));
            double epsilon = norm == Norm.LINF ? .3 : norm == Norm.L2 ? 1.5 : 8;
            AttackResult result =
                    new Square(1000, .8, 1, true).prepare(model, problem).within(epsilon);
            assertThat(result.success()).as("%s", norm).containsOnly(true);
            int[] predictions = Toys.predictions(model, batch.withPixels(result.pixels()));
            for (int row = 0; row < 10; row++) {
                assertThat(predictions[row]).isEqualTo((batch.labels()[row] + 1) % 5);
            }
        }
    }

    @Test
    void whatIsNoNumberIsNoSuccessAndStopsNothing() {
        // images of one colour give infinity and the other class; the start is one half of the time
        LogitsOnly model = new LogitsOnly(2, x -> {
            boolean plain = x[0] == x[1] && x[1] == x[2] && x[2] == x[3] && x[0] != .5f;
            return plain
                    ? new float[] {Float.NEGATIVE_INFINITY, 1}
                    : new float[] {1.4f, x[0] + x[3] - .01f * (x[1] + x[2])};
        });
        ImageShape shape = new ImageShape(1, 2, 2);
        Batch grey = Toys.plain(shape, .5f, IntStream.range(0, 30).toArray());
        AttackResult result = new Square(100, .25, 1, false)
                .prepare(model, Problem.of(grey, Norm.LINF))
                .within(.25);
        assertThat(result.success()).containsOnly(true);
        for (int row = 0; row < 30; row++) {
            float[] x = Toys.example(result.pixels(), row, 4);
            assertThat(x[0] == x[1] && x[1] == x[2]).as("row %d", row).isFalse();
        }
    }

    @Test
    void whatTheBoxTakesGoesIntoTheWindow() {
        ImageShape shape = new ImageShape(1, 12, 12);
        Questions questions = new Questions(Toys.NEVER_FOOLED);
        new Square(100, .01, 1, true)
                .prepare(questions, Problem.of(Toys.plain(shape, 0, 5), Norm.L2))
                .within(1);
        // on a black image half of the bumps are below 0; the rest is not scaled up to make up for them
        float[] start = questions.of(5).get(1).pixels();
        for (Questions.DecisionGoal question : questions.of(5).subList(2, 101)) {
            long moved = IntStream.range(0, start.length)
                    .filter(i -> Math.abs(question.pixels()[i] - start[i]) > 1e-5)
                    .count();
            assertThat(moved).isBetween(1L, 2L * 3 * 3);
        }
    }

    @Test
    void tellsItsNameAndOptions() {
        assertThat(Attacks.parse("square")).isEqualTo(Square.defaults());
        assertThat(Square.defaults().options())
                .containsExactlyInAnyOrderEntriesOf(
                        Map.of("queries", "5000", "p", "0.8", "restarts", "1", "rescaled", "true"));
    }

    @Test
    void refusesOptionsOutOfRange() {
        assertThatThrownBy(() -> new Square(0, .8, 1, false))
                .isInstanceOf(GauntletException.class)
                .hasMessageContaining("got 0");
        for (double p : new double[] {0, -.1, 1.5, Double.NaN}) {
            assertThatThrownBy(() -> new Square(1, p, 1, false))
                    .isInstanceOf(GauntletException.class)
                    .hasMessageContaining("got " + p);
        }
        assertThatThrownBy(() -> new Square(1, .8, 0, false))
                .isInstanceOf(GauntletException.class)
                .hasMessageContaining("got 0");
    }

    /** Computes by how much the best other class can be made to beat the true one within ball and box. */
    private static double largestMargin(double[][] weights, Batch batch, int row, double epsilon) {
        int length = batch.shape().size();
        double[] own = weights[batch.labels()[row]];
        double largest = Double.NEGATIVE_INFINITY;
        for (double[] other : weights) {
            double margin = 0;
            for (int i = 0; i < length; i++) {
                double x = batch.pixels()[row * length + i];
                double slope = other[i] - own[i];
                double room = Math.min(epsilon, slope > 0 ? 1 - x : x);
                margin += slope * x + Math.abs(slope) * room;
            }
            largest = other == own ? largest : Math.max(largest, margin);
        }
        return largest;
    }

    private static int changed(float[] a, float[] b) {
        return (int) IntStream.range(0, a.length).filter(i -> a[i] != b[i]).count();
    }

    private static boolean anyOf(boolean[] values, int from, int to, int step) {
        return IntStream.iterate(from, i -> i < to, i -> i + step).anyMatch(i -> values[i]);
    }
}

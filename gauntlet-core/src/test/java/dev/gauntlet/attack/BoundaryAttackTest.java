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

class BoundaryAttackTest {
    private static final ImageShape SHAPE = new ImageShape(1, 4, 4);

    /** Says 1 of what is bright, and so of any uniform noise. */
    private static final LinearModel BRIGHT = bright();

    /** How many halvings of 1 come down to 1e-3: the search from the noise. */
    private static final int SEARCH = 10;

    private static LinearModel bright() {
        double[] weights = new double[16];
        Arrays.fill(weights, 1);
        return new LinearModel(new double[][] {new double[16], weights}, 0, -16 * .25);
    }

    @Test
    void asksOnceAStepAndTwiceInEveryTenth() {
        Questions model = new Questions(BRIGHT);
        attack(125).nearest(model, Problem.of(Toys.plain(SHAPE, .1f, 3), Norm.L2));
        assertThat(model.images()).isEqualTo(1 + 1 + SEARCH + 125 + 12);
    }

    @Test
    void asksAboutAllExamplesTogether() {
        Questions alone = new Questions(BRIGHT);
        attack(125).nearest(alone, Problem.of(Toys.plain(SHAPE, .1f, 3), Norm.L2));
        Questions many = new Questions(BRIGHT);
        attack(125)
                .nearest(
                        many,
                        Problem.of(
                                Toys.plain(SHAPE, .1f, IntStream.range(0, 256).toArray()), Norm.L2));
        assertThat(many.calls()).isEqualTo(alone.calls());
        assertThat(many.images()).isEqualTo(256 * alone.images());
    }

    @Test
    void goesFromTheLastSuccessAndOnlyNearer() {
        Questions model = new Questions(BRIGHT);
        Batch dark = Toys.plain(SHAPE, .1f, 3);
        AttackResult result = new BoundaryAttack(299, .1, .003, 1.5, 100).nearest(model, Problem.of(dark, Norm.L2));
        List<Questions.DecisionGoal> asked = model.of(3).subList(1, model.of(3).size());
        float[] point = asked.subList(0, 1 + SEARCH).stream()
                .filter(question -> question.prediction() == 1)
                .reduce((before, after) -> after)
                .orElseThrow()
                .pixels();
        int moves = 0;
        int question = 1 + SEARCH;
        for (int step = 1; step <= 299; step++) {
            Questions.DecisionGoal candidate = asked.get(question++);
            double distance = Norm.L2.distance(dark.pixels(), point, 0, 16);
            double tried = Norm.L2.distance(dark.pixels(), candidate.pixels(), 0, 16);
            // until 30 tenth steps are over the sizes do not change
            assertThat(tried).as("step %d", step).isCloseTo(.997 * distance, within(1e-6));
            assertThat(tangent(dark.pixels(), point, candidate.pixels()))
                    .as("step %d", step)
                    .isCloseTo(.1, within(1e-5));
            if (step % 10 == 0) {
                Questions.DecisionGoal sideways = asked.get(question++);
                assertThat(Norm.L2.distance(dark.pixels(), sideways.pixels(), 0, 16))
                        .as("step %d", step)
                        .isCloseTo(distance, within(1e-6));
            }
            if (candidate.prediction() == 1) {
                point = candidate.pixels();
                moves++;
            }
        }
        assertThat(question).isEqualTo(asked.size());
        assertThat(moves).isBetween(10, 289);
        assertThat(result.success()).containsExactly(true);
    }

    @Test
    void theStepTowardsTheExampleChangesAfter30Candidates() {
        assertThat(walker(29, 0, 29).sourceStep()).isCloseTo(.02, within(1e-12));
        for (int[] successesAndSign : new int[][] {{0, -1}, {2, -1}, {3, 0}, {7, 0}, {8, 1}, {30, 1}}) {
            // of the random steps a third succeed
            BoundaryAttackState walker = walker(30, 10, successesAndSign[0]);
            assertThat(walker.sourceStep())
                    .as("%d of 30", successesAndSign[0])
                    .isCloseTo(.02 * Math.pow(1.5, successesAndSign[1]), within(1e-12));
            assertThat(walker.orthogonalStep()).isEqualTo(.01);
        }
    }

    @Test
    void bothStepsChangeAfter100RandomSteps() {
        assertThat(walker(99, 99, 15).orthogonalStep()).isEqualTo(.01);
        for (int[] successesAndSign : new int[][] {{0, -1}, {19, -1}, {20, 0}, {50, 0}, {51, 1}, {100, 1}}) {
            // of the candidates a sixth succeed
            BoundaryAttackState walker = walker(100, successesAndSign[0], 16);
            double factor = Math.pow(1.5, successesAndSign[1]);
            assertThat(walker.orthogonalStep())
                    .as("%d of 100", successesAndSign[0])
                    .isCloseTo(.01 * factor, within(1e-12));
            assertThat(walker.sourceStep()).as("%d of 100", successesAndSign[0]).isCloseTo(.02 * factor, within(1e-12));
        }
    }

    @Test
    void answersBeforeTheLastChangeCountNoMore() {
        BoundaryAttackState walker = walker(30, 10, 30);
        assertThat(walker.sourceStep()).isCloseTo(.03, within(1e-12));
        for (int answer = 0; answer < 29; answer++) {
            walker.adapt(answer % 3 == 0, false, 1.5);
            assertThat(walker.sourceStep()).isCloseTo(.03, within(1e-12));
        }
        walker.adapt(false, false, 1.5);
        assertThat(walker.sourceStep()).isCloseTo(.02, within(1e-12));
    }

    /** Makes a walker that has heard some answers, the successes among them spread evenly. */
    private static BoundaryAttackState walker(int answers, int sidewaysSuccesses, int candidateSuccesses) {
        BoundaryAttackState walker = new BoundaryAttackState(
                0, new float[] {0, 0}, new float[] {1, 1}, RandomKey.of(0).generator(), .01, .02);
        for (int answer = 0; answer < answers; answer++) {
            walker.adapt(
                    isSpread(answer, sidewaysSuccesses, answers), isSpread(answer, candidateSuccesses, answers), 1.5);
        }
        return walker;
    }

    private static boolean isSpread(int number, int chosen, int all) {
        return (number + 1) * chosen / all > number * chosen / all;
    }

    @Test
    void anExampleIsFinishedWhenItsStepsLeadNowhere() {
        // with one pixel there is one nearest success, and the search for a start comes close to it
        LogitsOnly model = new LogitsOnly(2, x -> new float[] {.5f, x[0]});
        Questions questions = new Questions(model);
        AttackResult result = BoundaryAttack.defaults()
                .nearest(questions, Problem.of(Toys.plain(new ImageShape(1, 1, 1), .1f, 3), Norm.L2));
        assertThat(result.success()).containsExactly(true);
        assertThat(result.pixels()[0]).isBetween(.5f, .50001f);
        assertThat(questions.images()).isBetween(5000, 25_000);
    }

    @Test
    void aSuccessThatRoundingHasPutFurtherAwayIsNotGoneTo() {
        BoundaryAttackState walker = new BoundaryAttackState(
                0, new float[] {0, 0}, new float[] {.5f, .5f}, RandomKey.of(1).generator(), .1, .1);
        float[] sideways = new float[2];
        walker.approach(new float[] {.6f, .6f}, 0);
        walker.propose(sideways, new float[2], 0);
        assertThat(Norm.L2.size(sideways, 0, 2)).isCloseTo(Math.sqrt(.5), within(1e-6));
        walker.approach(new float[] {9, .3f, .4f}, 1);
        walker.propose(sideways, new float[2], 0);
        assertThat(Norm.L2.size(sideways, 0, 2)).isCloseTo(.5, within(1e-6));
    }

    @Test
    void whatTheBoxTakesOfARandomStepCountsAsAStepTowardsTheExample() {
        // the example is in one corner and the point on an edge, so that half of the random steps are cut off
        float[] clean = {0, 0, 0};
        float[] point = {1, 0, 0};
        BoundaryAttackState walker =
                new BoundaryAttackState(0, clean, point, RandomKey.of(1).generator(), .5, .1);
        for (int proposal = 0; proposal < 100; proposal++) {
            float[] sideways = new float[3];
            float[] candidate = new float[3];
            walker.propose(sideways, candidate, 0);
            double way = Norm.L2.distance(clean, sideways, 0, 3);
            assertThat(way).isBetween(.89, 1 + 1e-6);
            // cut off by 1 - 1 / hypot(1, .5) at most, which is more than the step
            assertThat(Norm.L2.distance(clean, candidate, 0, 3)).isCloseTo(Math.min(way, .9), within(1e-6));
        }
    }

    @Test
    void hearsNothingButThePredictedClass() {
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
        Problem problem = Problem.of(batch, Norm.L2);
        AttackResult byLogits = attack(500).nearest(model, problem);
        AttackResult byClass = attack(500).nearest(classes, problem);
        assertThat(byClass.success()).isEqualTo(byLogits.success()).containsOnly(true);
        assertThat(byClass.pixels()).isEqualTo(byLogits.pixels());
    }

    @Test
    void comesNearToTheNearestImageOfATargetInMoreDimensions() {
        SplittableRandom random = RandomKey.of(8).generator();
        double[] weights = Toys.weights(random, 1, 100)[0];
        double[] opposite = Arrays.stream(weights).map(w -> -w).toArray();
        double size = Math.sqrt(Arrays.stream(weights).map(w -> w * w).sum());
        double value = .5 * Arrays.stream(weights).sum();
        Batch batch = Toys.plain(new ImageShape(1, 10, 10), .5f, 1, 2, 3);
        // class 2 is on the other side of the grey images than class 1
        LinearModel model = new LinearModel(
                new double[][] {new double[100], weights, opposite}, 0, -value - .5 * size, value - .5 * size);
        for (int target = 1; target <= 2; target++) {
            Problem problem = Problem.of(batch, Norm.L2).withCriterion(Targeted.at(target, 3));
            AttackResult result = attack(10_000).nearest(model, problem);
            assertThat(Toys.predictions(model, batch.withPixels(result.pixels())))
                    .containsOnly(target);
            for (int row = 0; row < 3; row++) {
                assertThat(Norm.L2.distance(batch.pixels(), result.pixels(), row * 100, 100))
                        .isBetween(.5, .55);
            }
        }
    }

    @Test
    void tellsItsNameAndOptions() {
        assertThat(Attacks.parseBlackBox("boundary")).isEqualTo(BoundaryAttack.defaults());
        assertThat(BoundaryAttack.defaults().options())
                .containsExactlyInAnyOrderEntriesOf(Map.of(
                        "steps", "25000",
                        "orthogonal-step", "0.01",
                        "source-step", "0.01",
                        "adaptation", "1.5",
                        "draws", "1000"));
    }

    @Test
    void refusesOptionsOutOfRange() {
        List<Supplier<BoundaryAttack>> wrong = List.of(
                () -> new BoundaryAttack(0, .01, .01, 1.5, 10),
                () -> new BoundaryAttack(1, 0, .01, 1.5, 10),
                () -> new BoundaryAttack(1, .01, 0, 1.5, 10),
                () -> new BoundaryAttack(1, .01, .01, 0, 10),
                () -> new BoundaryAttack(1, .01, .01, 1.5, 0));
        for (Supplier<BoundaryAttack> each : wrong) {
            assertThatThrownBy(each::get).isInstanceOf(GauntletException.class).hasMessageContaining("got 0");
        }
        for (double unfit : new double[] {1, Double.NaN, Double.POSITIVE_INFINITY}) {
            assertThatThrownBy(() -> new BoundaryAttack(1, .01, unfit, 1.5, 10))
                    .isInstanceOf(GauntletException.class)
                    .hasMessageContaining("got " + unfit);
            assertThatThrownBy(() -> new BoundaryAttack(1, .01, .01, unfit, 10))
                    .isInstanceOf(GauntletException.class)
                    .hasMessageContaining("got " + unfit);
        }
    }

    /** Returns the tangent of the angle between two points as seen from a third. */
    private static double tangent(float[] from, float[] one, float[] other) {
        double product = 0;
        for (int i = 0; i < from.length; i++) {
            product += ((double) one[i] - from[i]) * ((double) other[i] - from[i]);
        }
        double sizes = Norm.L2.distance(from, one, 0, from.length) * Norm.L2.distance(from, other, 0, from.length);
        return Math.tan(Math.acos(product / sizes));
    }

    private static BoundaryAttack attack(int steps) {
        return new BoundaryAttack(steps, .01, .01, 1.5, 100);
    }
}

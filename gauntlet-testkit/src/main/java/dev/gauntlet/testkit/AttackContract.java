package dev.gauntlet.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.gauntlet.GauntletException;
import dev.gauntlet.attack.Attack;
import dev.gauntlet.attack.FixedBudgetAttack;
import dev.gauntlet.attack.kit.AttackResult;
import dev.gauntlet.attack.kit.Problem;
import dev.gauntlet.data.Batch;
import dev.gauntlet.data.ImageShape;
import dev.gauntlet.evaluate.Evaluator;
import dev.gauntlet.evaluate.Plan;
import dev.gauntlet.loss.Loss;
import dev.gauntlet.model.DifferentiableClassifier;
import dev.gauntlet.model.Gradient;
import dev.gauntlet.model.Logits;
import dev.gauntlet.model.ModelCard;
import dev.gauntlet.threat.Criterion;
import dev.gauntlet.threat.LpBall;
import dev.gauntlet.threat.Norm;
import dev.gauntlet.threat.Targeted;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Tests of the guarantees of every attack, in each of its norms, for your own attacks.
 *
 * <p>The models of these tests compute each example separately in double precision, so results must be identical bit for bit.
 * For some models, any reasonable search succeeds within the budget; choose other options for an attack whose defaults are
 * too weak for that, or need more than a few milliseconds for eight tiny images.
 *
 * <p>Example:
 *
 * <pre>{@code
 * class MyAttackTest extends AttackContract {
 *     @Override
 *     protected Stream<Attack<?>> attacks() {
 *         return Stream.of(MyAttack.defaults());
 *     }
 * }
 * }</pre>
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
public abstract class AttackContract {
    private static final String CASES = "cases";
    private static final String FIXED_BUDGETS = "fixedBudgets";

    private static final ImageShape ROW = new ImageShape(1, 1, 8);
    private static final int CLASSES = 4;
    private static final int SIZE = 8;

    /** Creates the tests. */
    protected AttackContract() {}

    /**
     * Returns the attacks under test.
     *
     * @return the attacks
     */
    protected abstract Stream<Attack<?>> attacks();

    final Stream<AttackCase> cases() {
        return attacks().flatMap(AttackCase::of);
    }

    final Stream<AttackCase> fixedBudgets() {
        return cases().filter(AttackCase::isFixedBudget);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource(CASES)
    final void staysInTheBallAndTheBoxAndReportsSuccessesCorrectly(AttackCase attack) {
        for (long seed = 0; seed < 3; seed++) {
            for (ModelAndImages scene : List.of(
                    ModelAndImages.linear(seed, CLASSES, ROW, SIZE), ModelAndImages.layers(seed, CLASSES, ROW, SIZE))) {
                Problem problem = problem(attack, scene, seed);
                for (double share : attack.isFixedBudget() ? new double[] {.01, .1, .3, 1} : new double[] {1}) {
                    check(attack, scene.model(), problem, attack.budget(share, 8), "seed " + seed);
                }
            }
        }
    }

    @ParameterizedTest(name = "{0}", allowZeroInvocations = true)
    @MethodSource(FIXED_BUDGETS)
    final void changesNothingAtBudget0(AttackCase attack) {
        for (long seed = 0; seed < 3; seed++) {
            ModelAndImages scene = ModelAndImages.layers(seed, CLASSES, ROW, SIZE);
            AttackResult result = check(attack, scene.model(), problem(attack, scene, seed), 0, "seed " + seed);
            assertThat(result.pixels())
                    .as(at(attack, seed))
                    .isEqualTo(scene.batch().pixels());
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource(CASES)
    final void findsNearSuccesses(AttackCase attack) {
        for (long seed = 0; seed < 3; seed++) {
            ModelAndImages scene = ModelAndImages.diagonal(seed, CLASSES, SIZE);
            AttackResult result =
                    check(attack, scene.model(), problem(attack, scene, seed), attack.budget(.5, 2 * CLASSES), "near");
            assertThat(result.success()).as(at(attack, seed)).containsOnly(true);
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource(CASES)
    final void reachesTheTargetOrRefusesTargets(AttackCase attack) {
        for (long seed = 0; seed < 3; seed++) {
            ModelAndImages scene = ModelAndImages.diagonal(seed, CLASSES, SIZE);
            double epsilon = attack.budget(.5, 2 * CLASSES);
            for (Criterion criterion : List.of(Targeted.at((int) seed, CLASSES), Targeted.next(CLASSES))) {
                Problem problem = problem(attack, scene, seed).withCriterion(criterion);
                if (!attack.attack().isTargetable()) {
                    assertThatThrownBy(() -> attack.run(scene.model(), problem, epsilon))
                            .as(at(attack, seed))
                            .isInstanceOf(GauntletException.class)
                            .hasMessageContaining("targeted")
                            .hasMessageContaining(attack.attack().name());
                    continue;
                }
                AttackResult result = check(attack, scene.model(), problem, epsilon, criterion.name());
                for (int row = 0; row < SIZE; row++) {
                    boolean applies = criterion.appliesTo(scene.batch().labels()[row]);
                    assertThat(result.success()[row])
                            .as("%s, %s, row %d", at(attack, seed), criterion.name(), row)
                            .isEqualTo(applies);
                }
            }
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource(CASES)
    final void doesNotChangeExamplesThatMeetTheCriterionOrAreTheirOwnTarget(AttackCase attack) {
        ModelAndImages scene = ModelAndImages.diagonal(5, CLASSES, SIZE);
        int[] predictions = scene.batch().labels();
        double epsilon = attack.budget(.5, 2 * CLASSES);

        int[] wrong = Arrays.stream(predictions).map(k -> (k + 1) % CLASSES).toArray();
        Problem lost = Problem.of(ModelAndImages.labelled(scene.batch(), wrong), attack.norm());
        AttackResult result = check(attack, scene.model(), lost, epsilon, "wrong already");
        assertThat(result.success()).as("%s", attack).containsOnly(true);
        assertThat(result.pixels()).as("%s", attack).isEqualTo(scene.batch().pixels());

        if (attack.attack().isTargetable()) {
            // every second example has the target as its label, whatever the model predicts
            int[] labels = IntStream.range(0, SIZE)
                    .map(row -> row % 2 == 0 ? 1 : predictions[row])
                    .toArray();
            Problem problem = Problem.of(ModelAndImages.labelled(scene.batch(), labels), attack.norm())
                    .withCriterion(Targeted.at(1, CLASSES));
            AttackResult targeted = check(attack, scene.model(), problem, epsilon, "own target");
            for (int row = 0; row < SIZE; row += 2) {
                assertThat(targeted.success()[row])
                        .as("%s, row %d", attack, row)
                        .isFalse();
            }
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource(CASES)
    final void givesTheSameResultAloneAndInAnyBatch(AttackCase attack) {
        for (long seed = 0; seed < 2; seed++) {
            ModelAndImages scene = ModelAndImages.layers(seed, CLASSES, ROW, SIZE);
            Problem problem = problem(attack, scene, seed);
            double epsilon = attack.budget(.15, 8);
            AttackResult together = check(attack, scene.model(), problem, epsilon, "together");
            int[] reversed = IntStream.range(0, SIZE).map(row -> SIZE - 1 - row).toArray();
            int[][] companies = {{0}, {1}, {2}, {4, 6}, {7, 5, 0}, reversed};
            for (int[] rows : companies) {
                AttackResult result =
                        check(attack, scene.model(), problem.select(rows), epsilon, Arrays.toString(rows));
                for (int i = 0; i < rows.length; i++) {
                    String where = "%s, row %d among %s".formatted(at(attack, seed), rows[i], Arrays.toString(rows));
                    assertThat(result.success()[i]).as(where).isEqualTo(together.success()[rows[i]]);
                    assertThat(example(result.pixels(), i, 8))
                            .as(where)
                            .isEqualTo(example(together.pixels(), rows[i], 8));
                }
            }
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource(CASES)
    final void isReproducibleBitForBit(AttackCase attack) {
        ModelAndImages scene = ModelAndImages.layers(11, CLASSES, ROW, SIZE);
        Problem problem = problem(attack, scene, 11);
        double epsilon = attack.budget(.15, 8);
        AttackResult first = check(attack, scene.model(), problem, epsilon, "first");
        AttackResult second = check(attack, scene.model(), problem, epsilon, "second");
        assertThat(second.success()).as("%s", attack).isEqualTo(first.success());
        assertThat(second.pixels()).as("%s", attack).isEqualTo(first.pixels());
    }

    @ParameterizedTest(name = "{0}", allowZeroInvocations = true)
    @MethodSource(FIXED_BUDGETS)
    final void keepsBudgetsIndependent(AttackCase attack) {
        ModelAndImages scene = ModelAndImages.layers(12, CLASSES, ROW, SIZE);
        Problem problem = problem(attack, scene, 12);
        FixedBudgetAttack.Search search = ((FixedBudgetAttack<? super DifferentiableClassifier>) attack.runnable())
                .prepare(scene.model(), problem);
        double near = attack.budget(.1, 8);
        AttackResult first = search.within(near);
        float[] pixels = first.pixels().clone();
        boolean[] success = first.success().clone();
        search.within(attack.budget(.6, 8));
        AttackResult again = search.within(near);
        assertThat(first.pixels()).as("%s, an earlier result", attack).isEqualTo(pixels);
        assertThat(again.pixels()).as("%s, after another budget", attack).isEqualTo(pixels);
        assertThat(again.success()).as("%s, after another budget", attack).isEqualTo(success);
        AttackResult fresh = attack.run(scene.model(), problem, near);
        assertThat(fresh.pixels()).as("%s, prepared anew", attack).isEqualTo(pixels);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource(CASES)
    final void acceptsEmptyAndSingleExampleBatchesAndAnyShape(AttackCase attack) {
        List<ImageShape> shapes = List.of(
                new ImageShape(1, 1, 1),
                new ImageShape(1, 1, 7),
                new ImageShape(1, 6, 1),
                new ImageShape(3, 2, 4),
                new ImageShape(2, 5, 3));
        for (ImageShape shape : shapes) {
            for (int size : new int[] {0, 1, 3}) {
                ModelAndImages scene = ModelAndImages.linear(size, CLASSES, shape, size);
                AttackResult result = check(
                        attack,
                        scene.model(),
                        problem(attack, scene, size),
                        attack.budget(.5, shape.size()),
                        shape + " x " + size);
                assertThat(result.success()).as("%s, %s", attack, shape).hasSize(size);
            }
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource(CASES)
    final void acceptsAnyNumberOfClassesOrNamesAnAlternative(AttackCase attack) {
        for (int classes : new int[] {2, 3, 10}) {
            ModelAndImages scene = ModelAndImages.diagonal(classes, classes, SIZE);
            Throwable refusal = catchThrowable(() -> {
                AttackResult result = check(
                        attack,
                        scene.model(),
                        problem(attack, scene, classes),
                        attack.budget(.5, 2 * classes),
                        classes + " classes");
                assertThat(result.success())
                        .as("%s, %d classes", attack, classes)
                        .containsOnly(true);
            });
            if (refusal instanceof GauntletException) {
                assertThat(refusal).as("%s, %d classes", attack, classes).hasMessageContaining("use");
            } else {
                assertThat(refusal).isNull();
            }
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource(CASES)
    final void returnsTheNearestSuccessThatItHasSeen(AttackCase attack) {
        // class 1 wins in a band that is thinner than most steps
        TwoLayerModel band = new TwoLayerModel(
                new double[][] {{2, 1, -1, 2, 1, 1, -2, 1}, {-2, -1, 1, -2, -1, -1, 2, -1}},
                new double[] {-2, 2},
                new double[][] {{0, 0}, {-1, -1}},
                new double[] {0, .1});
        for (long seed = 0; seed < 6; seed++) {
            ModelAndImages layers = ModelAndImages.layers(seed, CLASSES, ROW, SIZE);
            Batch images = layers.batch();
            ModelAndImages thin = new ModelAndImages(
                    band, ModelAndImages.labelled(images, ModelAndImages.predictions(band, images)), 2);
            requireNothingLost(attack, layers, seed);
            // an attack may refuse two classes
            if (!refuses(attack, thin)) {
                requireNothingLost(attack, thin, seed);
            }
        }
    }

    private static void requireNothingLost(AttackCase attack, ModelAndImages scene, long seed) {
        Problem problem = problem(attack, scene, seed);
        double epsilon = attack.budget(.3, 8);
        SuccessWatcher watched = new SuccessWatcher(scene.model(), problem);
        AttackResult result = check(attack, watched, problem, epsilon, "watched");
        // a success exactly on the surface need not count as within
        double reach = attack.isFixedBudget() ? epsilon * (1 - 1e-6) : Double.MAX_VALUE;
        for (int row = 0; row < problem.size(); row++) {
            String where = "%s, row %d saw a success at %s".formatted(at(attack, seed), row, watched.nearest(row));
            if (watched.nearest(row) <= reach) {
                assertThat(result.success()[row]).as(where).isTrue();
            }
            if (!attack.isFixedBudget() && result.success()[row]) {
                assertThat(distance(problem, result, row))
                        .as(where)
                        .isLessThanOrEqualTo(watched.nearest(row) * (1 + 1e-6));
            }
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource(CASES)
    final void neverQueriesTheModelWithAnEmptyBatch(AttackCase attack) {
        ModelAndImages scene = ModelAndImages.diagonal(6, CLASSES, SIZE);
        int[] wrong = Arrays.stream(scene.batch().labels())
                .map(k -> (k + 1) % CLASSES)
                .toArray();
        for (int[] labels : new int[][] {wrong, scene.batch().labels()}) {
            ModelAndImages labelled =
                    new ModelAndImages(scene.model(), ModelAndImages.labelled(scene.batch(), labels), CLASSES);
            Problem problem = problem(attack, labelled, 0);
            SuccessWatcher watched = new SuccessWatcher(scene.model(), problem);
            check(attack, watched, problem, attack.budget(.5, 2 * CLASSES), "watched");
            assertThat(watched.emptyQuestions()).as("%s", attack).isZero();
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource(CASES)
    final void findsNoSuccessOnAConstantModel(AttackCase attack) {
        double[][] zero = new double[CLASSES][8];
        double[][] same = new double[CLASSES][];
        Arrays.setAll(same, k -> new double[] {1, -2, 3, 0, 1, 1, -1, 2});
        List<LinearModel> models = List.of(
                new LinearModel(zero, 1, 0, 0, 0),
                new LinearModel(zero, 0, 0, 0, 0), // a tie, which class 0 wins
                new LinearModel(zero, 1e6, 0, -1e6, 0),
                new LinearModel(same, 1, 0, .5, 0));
        Batch batch = ModelAndImages.linear(0, CLASSES, ROW, SIZE).batch();
        for (int m = 0; m < models.size(); m++) {
            ModelAndImages scene =
                    new ModelAndImages(models.get(m), ModelAndImages.labelled(batch, new int[SIZE]), CLASSES);
            AttackResult result = check(
                    attack, scene.model(), problem(attack, scene, m), attack.budget(.5, 8), "constant model " + m);
            assertThat(result.success()).as("%s, model %d", attack, m).containsOnly(false);
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource(CASES)
    final void handlesSaturatedLogitsAndZeroGradients(AttackCase attack) {
        ImageShape two = new ImageShape(1, 1, 2);
        // no hidden unit is on until a pixel exceeds .95
        TwoLayerModel dead = new TwoLayerModel(
                new double[][] {{1, 0}, {0, 1}},
                new double[] {-.95, -.95},
                new double[][] {{0, 0}, {9, 9}, {0, 1}, {0, 0}},
                new double[] {1, .9, 0, 0});
        Batch images = ModelAndImages.unlabelled(two, 3, new float[] {.5f, .5f, 0, 0, .2f, .7f});
        check(
                attack,
                dead,
                problem(attack, new ModelAndImages(dead, images, CLASSES), 0),
                attack.budget(.5, 2),
                "dead gradient");
        for (long seed = 0; seed < 3; seed++) {
            double[][] weights = new double[CLASSES][];
            Arrays.setAll(
                    weights,
                    k -> IntStream.range(0, 8)
                            .mapToDouble(i -> 1e6 * Math.sin(1 + 3 * k + i))
                            .toArray());
            LinearModel saturated = new LinearModel(weights, new double[CLASSES]);
            Batch batch = ModelAndImages.linear(seed, CLASSES, ROW, SIZE).batch();
            ModelAndImages scene = new ModelAndImages(
                    saturated, ModelAndImages.labelled(batch, ModelAndImages.predictions(saturated, batch)), CLASSES);
            check(attack, saturated, problem(attack, scene, seed), attack.budget(.5, 8), "saturated, seed " + seed);
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource(CASES)
    final void doesNotCountNonFiniteLogitsAsSuccess(AttackCase attack) {
        ModelAndImages scene = ModelAndImages.diagonal(8, CLASSES, SIZE);
        Problem problem = problem(attack, scene, 8);
        for (float bad : new float[] {Float.NaN, Float.POSITIVE_INFINITY}) {
            for (int at = 0; at < CLASSES; at++) {
                for (boolean always : new boolean[] {true, false}) {
                    Broken model = new Broken(
                            scene.model(), scene.batch(), scene.batch().ids(), at, bad, always);
                    AttackResult result = attack.run(model, problem, attack.budget(.5, 2 * CLASSES));
                    String where = "%s, logit %d is %s %s"
                            .formatted(attack, at, bad, always ? "always" : "except for clean images");
                    assertThat(result.success()).as(where).containsOnly(false);
                    assertThat(result.pixels())
                            .as(where)
                            .isEqualTo(scene.batch().pixels());
                }
            }
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource(CASES)
    final void theEvaluatorStopsAtNonFiniteLogits(AttackCase attack) {
        ModelAndImages scene = ModelAndImages.diagonal(9, CLASSES, SIZE);
        ArrayDataset data = ArrayDataset.of(
                CLASSES,
                scene.batch().labels(),
                IntStream.range(0, SIZE)
                        .mapToObj(row -> example(scene.batch().pixels(), row, 2 * CLASSES))
                        .toArray(float[][]::new));
        Broken model = new Broken(scene.model(), data.all(), new int[] {5}, 2, Float.NaN, false);
        Plan<DifferentiableClassifier> plan =
                Plan.whiteBox(attack.norm(), List.of(attack.runnable()), attack.budget(.5, 2 * CLASSES));
        assertThatThrownBy(() -> Evaluator.on(new WireRunner(1)).evaluate(model, data, plan))
                .as("%s", attack)
                .isInstanceOf(GauntletException.class)
                .hasMessageContaining("NaN")
                .hasMessageContaining("example 5 ");
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource(CASES)
    final void refusesUnsupportedNormsAndInvalidLabels(AttackCase attack) {
        ModelAndImages scene = ModelAndImages.diagonal(10, CLASSES, SIZE);
        Problem problem = problem(attack, scene, 0);
        EnumSet<Norm> others = EnumSet.allOf(Norm.class);
        others.removeAll(attack.attack().norms());
        for (Norm other : others) {
            Problem unfit = new Problem(problem.clean(), other, problem.criterion(), problem.randomness());
            assertThatThrownBy(() -> attack.run(scene.model(), unfit, 1))
                    .as("%s in %s", attack, other)
                    .isInstanceOf(GauntletException.class)
                    .hasMessageContaining(attack.attack().name())
                    .hasMessageContaining(other.title());
        }
        int[] labels = scene.batch().labels().clone();
        labels[4] = CLASSES;
        ModelAndImages mislabelled =
                new ModelAndImages(scene.model(), ModelAndImages.labelled(scene.batch(), labels), CLASSES);
        assertThatThrownBy(() -> attack.run(scene.model(), problem(attack, mislabelled, 0), 1))
                .as("%s", attack)
                .isInstanceOf(GauntletException.class)
                .hasMessageContaining("label 4")
                .hasMessageContaining("0 to 3");
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource(CASES)
    final void recordsWhatItsResultDependsOn(AttackCase attack) {
        Class<?> type = attack.attack().getClass();
        boolean hasFields = Stream.<Class<?>>iterate(type, each -> each != null, Class::getSuperclass)
                .flatMap(each -> Arrays.stream(each.getDeclaredFields()))
                .anyMatch(field -> !Modifier.isStatic(field.getModifiers()));
        assertThat(type.isRecord() || !hasFields || !attack.attack().options().isEmpty())
                .as("%s has fields, so make it a record or return their values from options()", type.getName())
                .isTrue();
    }

    private static boolean refuses(AttackCase attack, ModelAndImages scene) {
        return catchThrowable(() -> attack.run(scene.model(), problem(attack, scene, 0), 0))
                instanceof GauntletException;
    }

    private static Problem problem(AttackCase attack, ModelAndImages scene, long seed) {
        return Problem.of(scene.batch(), attack.norm()).withSeed(seed);
    }

    private static String at(AttackCase attack, long seed) {
        return "%s, seed %d".formatted(attack, seed);
    }

    /** Runs an attack and checks the guarantees of every result. */
    private static AttackResult check(
            AttackCase attack, DifferentiableClassifier model, Problem problem, double epsilon, String situation) {
        float[] clean = problem.clean().pixels().clone();
        int length = problem.clean().shape().size();
        LpBall ball = new LpBall(attack.norm(), epsilon);

        AttackResult result = attack.run(model, problem, epsilon);

        String where = "%s, epsilon %s, %s, problem %s".formatted(attack, epsilon, situation, problem.randomness());
        assertThat(problem.clean().pixels()).as("%s: clean pixels", where).isEqualTo(clean);
        assertThat(result.pixels()).as(where).hasSameSizeAs(clean);
        assertThat(result.success()).as(where).hasSize(problem.size());
        Logits before = model.logits(problem.clean());
        Logits after = model.logits(problem.clean().withPixels(result.pixels()));
        for (int row = 0; row < problem.size(); row++) {
            String example = "%s, row %d".formatted(where, row);
            boolean applies = problem.criterion().appliesTo(problem.clean().labels()[row]);
            float[] found = example(result.pixels(), row, length);
            for (float pixel : found) {
                assertThat(pixel).as(example).isBetween(0f, 1f);
            }
            if (!applies || !result.success()[row] || problem.isMet(before, row)) {
                assertThat(found).as("%s: unchanged", example).isEqualTo(example(clean, row, length));
            }
            assertThat(result.success()[row])
                    .as("%s: success", example)
                    .isEqualTo(applies && problem.isMet(after, row));
            if (attack.isFixedBudget()) {
                double distance = distance(problem, result, row);
                assertThat(ball.allows(distance))
                        .as("%s: distance %s", example, distance)
                        .isTrue();
            }
        }
        return result;
    }

    private static double distance(Problem problem, AttackResult result, int row) {
        int length = problem.clean().shape().size();
        return problem.norm().distance(problem.clean().pixels(), result.pixels(), row * length, length);
    }

    private static float[] example(float[] pixels, int row, int length) {
        return Arrays.copyOfRange(pixels, row * length, (row + 1) * length);
    }

    /** A model that returns one logit that is not finite for some examples, always or unless they are clean. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Broken(DifferentiableClassifier model, Batch clean, int[] ids, int at, float bad, boolean always)
            implements DifferentiableClassifier {
        @Override
        public ModelCard card() {
            return model.card();
        }

        @Override
        public Logits logits(Batch batch) {
            return spoilt(batch, model.logits(batch));
        }

        @Override
        public Gradient gradient(Batch batch, IntFunction<? extends Loss> lossOfRow) {
            Gradient gradient = model.gradient(batch, lossOfRow);
            return new Gradient(spoilt(batch, gradient.logits()), gradient.losses(), gradient.pixels());
        }

        private Logits spoilt(Batch batch, Logits logits) {
            int length = batch.shape().size();
            float[] values = logits.values().clone();
            for (int row = 0; row < batch.size(); row++) {
                int id = batch.ids()[row];
                boolean meant = Arrays.stream(ids).anyMatch(some -> some == id);
                int cleanRow = IntStream.range(0, clean.size())
                        .filter(some -> clean.ids()[some] == id)
                        .findFirst()
                        .orElseThrow();
                boolean isClean =
                        Arrays.equals(example(batch.pixels(), row, length), example(clean.pixels(), cleanRow, length));
                if (meant && (always || !isClean)) {
                    values[row * logits.classes() + at] = bad;
                }
            }
            return new Logits(logits.classes(), values);
        }

        @Override
        public void close() {}
    }
}

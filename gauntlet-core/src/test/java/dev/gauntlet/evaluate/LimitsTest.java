package dev.gauntlet.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gauntlet.GauntletException;
import dev.gauntlet.RandomKey;
import dev.gauntlet.attack.Fgsm;
import dev.gauntlet.data.Sample;
import dev.gauntlet.model.DifferentiableClassifier;
import dev.gauntlet.request.DecisionGoal;
import dev.gauntlet.request.Limits;
import dev.gauntlet.testkit.ArrayDataset;
import dev.gauntlet.testkit.LinearModel;
import dev.gauntlet.testkit.WireRunner;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LimitsTest {
    private static final int EXAMPLES = 2000;
    private static final double EPSILON = 0.1;

    /** Right if the first pixel is the larger one; the margin is what the pixels differ by. */
    private static final DifferentiableClassifier MODEL = new LinearModel(new double[][] {{1, 0}, {0, 1}}, 0, 0);

    /** Sorted by class, as many data sets are; of class 0 all stand at 0.1, and of class 1 every other one. */
    private static final ArrayDataset DATA = ArrayDataset.of(
            2,
            IntStream.range(0, EXAMPLES).map(i -> i < EXAMPLES / 2 ? 0 : 1).toArray(),
            IntStream.range(0, EXAMPLES)
                    .mapToObj(i -> i < EXAMPLES / 2
                            ? new float[] {.9f, .1f}
                            : i % 2 == 0 ? new float[] {.1f, .9f} : new float[] {.45f, .55f})
                    .toArray(float[][]::new));

    private static final Plan<DifferentiableClassifier> PLAN =
            Plan.linf(Fgsm.defaults(), EPSILON).withShardSize(50);

    private static final Evaluator EVALUATOR = Evaluator.on(new WireRunner(1));

    @Test
    void everyBeginningOfTheOrderStandsForAll() {
        int[] ids = IntStream.range(0, EXAMPLES).toArray();
        int[] spread = Sample.spread(DATA, ids, RandomKey.of(3));
        assertThat(spread).containsExactlyInAnyOrder(ids).isNotEqualTo(ids);
        assertThat(Sample.spread(DATA, ids, RandomKey.of(3))).isEqualTo(spread);
        assertThat(Sample.spread(DATA, ids, RandomKey.of(4))).isNotEqualTo(spread);
        for (int end = 20; end <= EXAMPLES; end += 20) {
            long ofFirst = Arrays.stream(spread, 0, end)
                    .filter(id -> id < EXAMPLES / 2)
                    .count();
            assertThat(ofFirst).as("of the first %s", end).isBetween(end / 2L - 2, end / 2L + 2);
        }
        // of the class whose examples differ by their place, too
        assertThat(Arrays.stream(spread, 0, 400)
                        .filter(id -> id >= EXAMPLES / 2 && id % 2 == 0)
                        .count())
                .as("seed 3")
                .isBetween(70L, 130L);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3, 8})
    void aSettledQuestionEndsTheEvaluationAtTheSameExampleForAnyNumberOfWorkers(int workers) {
        Limits limits = Limits.NONE.withQuestion(new DecisionGoal(EPSILON, .5));
        RobustnessReport report =
                Evaluator.on(new WireRunner(workers)).withLimits(limits).evaluate(MODEL, DATA, PLAN);

        assertThat(report.ending().reason()).isEqualTo(Completion.Reason.DECIDED);
        assertThat(report.ending().planned()).isEqualTo(EXAMPLES);
        assertThat(report.ending().explanation()).startsWith("The accuracy at epsilon 0.1 is at least 50.00 % (after ");
        assertThat(report.outcomes().size()).isBetween(50, 250);
        assertThat(report.outcomes().columns().ids()).isSorted();
        assertThat(report)
                .usingRecursiveComparison()
                .ignoringFields("timing")
                .isEqualTo(EVALUATOR.withLimits(limits).evaluate(MODEL, DATA, PLAN));
    }

    @Test
    void aQuestionThatCannotBeSettledSaysWhatItWouldTake() {
        RobustnessReport report = EVALUATOR
                .withLimits(Limits.NONE.withQuestion(new DecisionGoal(EPSILON, .7)))
                .evaluate(MODEL, DATA, PLAN.withExamples(60));
        assertThat(report.ending().reason()).isEqualTo(Completion.Reason.COMPLETE);
        assertThat(report.outcomes().columns().ids()).hasSize(60);
        assertThat(report.ending().explanation()).contains("is not settled").contains("would settle it");
        RobustnessReport hopeless = EVALUATOR
                .withLimits(Limits.NONE.withQuestion(new DecisionGoal(EPSILON, .745)))
                .evaluate(MODEL, DATA, PLAN);
        assertThat(hopeless.ending().explanation())
                .containsPattern("About [0-9,]+ images in all would settle it")
                .endsWith(", but the data set has only 2,000.");
    }

    @Test
    void theAnswerNoIsFoundToo() {
        RobustnessReport report = EVALUATOR
                .withLimits(Limits.NONE.withQuestion(new DecisionGoal(EPSILON, .95)))
                .evaluate(MODEL, DATA, PLAN);
        assertThat(report.ending().explanation()).startsWith("The accuracy at epsilon 0.1 is below 95.00 %");
    }

    @Test
    void usedUpGradientsEndTheEvaluationAndAJournalGoesOn(@TempDir Path folder) {
        Limits limits = Limits.NONE.withBackwards(120);
        RobustnessReport first =
                EVALUATOR.withJournal(folder, examples -> {}).withLimits(limits).evaluate(MODEL, DATA, PLAN);
        assertThat(first.ending().reason()).isEqualTo(Completion.Reason.GRADIENT_LIMIT);
        assertThat(first.outcomes().columns().ids()).hasSize(150);
        assertThat(first.attacks().get(0).backwards()).isEqualTo(150);
        // 3 of 4 stand, and the sample knows it
        assertThat(first.results().get(1).accuracy().lower()).isLessThan(.75);
        assertThat(first.results().get(1).accuracy().upper()).isGreaterThan(.75);

        RobustnessReport rest = EVALUATOR.withJournal(folder, examples -> {}).evaluate(MODEL, DATA, PLAN);
        assertThat(rest)
                .usingRecursiveComparison()
                .ignoringFields("timing")
                .isEqualTo(EVALUATOR.evaluate(MODEL, DATA, PLAN));
        assertThat(rest.results().get(1).accuracy().successes()).isEqualTo(1500);
    }

    @Test
    void limitsThatAreNotReachedChangeNothing() {
        RobustnessReport report = EVALUATOR
                .withLimits(Limits.NONE.withTime(Duration.ofHours(1)).withBackwards(1_000_000))
                .evaluate(MODEL, DATA, PLAN);
        assertThat(report)
                .usingRecursiveComparison()
                .ignoringFields("timing", "request")
                .isEqualTo(EVALUATOR.evaluate(MODEL, DATA, PLAN));
    }

    @Test
    void refusesLimitsThatAreNone() {
        assertThatThrownBy(() -> Limits.NONE.withTime(Duration.ZERO)).isInstanceOf(GauntletException.class);
        assertThatThrownBy(() -> Limits.NONE.withBackwards(0))
                .isInstanceOf(GauntletException.class)
                .hasMessageContaining("got 0");
        assertThatThrownBy(() -> new DecisionGoal(.1, 40))
                .isInstanceOf(GauntletException.class)
                .hasMessageContaining("got 40.0");
        assertThatThrownBy(() -> EVALUATOR
                        .withLimits(Limits.NONE.withQuestion(new DecisionGoal(.3, .5)))
                        .evaluate(MODEL, DATA, PLAN))
                .isInstanceOf(GauntletException.class)
                .hasMessageContaining("The epsilon 0.3 to decide about is not one of the plan");
    }
}

package dev.gauntlet.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gauntlet.GauntletException;
import dev.gauntlet.attack.Attack;
import dev.gauntlet.attack.Fgsm;
import dev.gauntlet.attack.Pgd;
import dev.gauntlet.attack.Square;
import dev.gauntlet.diagnose.Diagnostic;
import dev.gauntlet.diagnose.WarningSign;
import dev.gauntlet.evaluate.shard.ShardId;
import dev.gauntlet.evaluate.shard.ShardResult;
import dev.gauntlet.evaluate.shard.ShardTask;
import dev.gauntlet.loss.CrossEntropy;
import dev.gauntlet.model.Classifier;
import dev.gauntlet.model.DifferentiableClassifier;
import dev.gauntlet.request.DiagnosticsBudget;
import dev.gauntlet.request.Limits;
import dev.gauntlet.testkit.ArrayDataset;
import dev.gauntlet.testkit.LinearModel;
import dev.gauntlet.testkit.WireRunner;
import dev.gauntlet.threat.Norm;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TimeLimitTest {
    private static final DiagnosticsBudget FULL = DiagnosticsBudget.AUTOMATIC.withEffort(DiagnosticsBudget.Effort.FULL);

    private static final int EXAMPLES = 400;
    private static final double EPSILON = 0.1;

    /** Right if the first pixel is the larger one; the margin is what the pixels differ by. */
    private static final DifferentiableClassifier MODEL = new LinearModel(new double[][] {{1, 0}, {0, 1}}, 0, 0);

    /** One of three falls at 0.1, and one of three is wrong. */
    private static final ArrayDataset DATA = ArrayDataset.of(
            2,
            IntStream.range(0, EXAMPLES).map(i -> i % 2).toArray(),
            IntStream.range(0, EXAMPLES)
                    .mapToObj(i -> {
                        float margin = i % 3 == 0 ? .4f : i % 3 == 1 ? .05f : -.05f;
                        return i % 2 == 0
                                ? new float[] {.5f + margin, .5f - margin}
                                : new float[] {.5f - margin, .5f + margin};
                    })
                    .toArray(float[][]::new));

    private static final Pgd PGD = new Pgd(20, .1, true, 1, .99, new CrossEntropy());

    /** In shards of 50 images. */
    private static final Plan<DifferentiableClassifier> PLAN = plan(List.of(Fgsm.defaults(), PGD, square(2000)));

    @TempDir
    private Path folder;

    private static Plan<DifferentiableClassifier> plan(
            List<? extends Attack<? super DifferentiableClassifier>> attacks) {
        return Plan.whiteBox(Norm.LINF, attacks, EPSILON, .2);
    }

    private static Square square(int queries) {
        return new Square(queries, .8, 1, true);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void theTimeIsLookedAtInTheMiddleOfAShardAndFinishedShardsKeepEveryDigit(int workers) {
        Plan<DifferentiableClassifier> plan = plan(List.of(Fgsm.defaults(), PGD));
        TimedModel model = new TimedModel(MODEL);
        RobustnessReport report = Evaluator.on(new WireRunner(workers))
                .withClock(model)
                .withLimits(Limits.NONE.withTime(Duration.ofSeconds(12)))
                .evaluate(model, DATA, plan);

        assertThat(model.elapsed()).isBetween(Duration.ofSeconds(8), Duration.ofSeconds(13));
        assertThat(report.ending().reason()).isEqualTo(Completion.Reason.TIME_LIMIT);
        assertThat(report.ending().planned()).isEqualTo(EXAMPLES);
        int counted = report.outcomes().size();
        assertThat(counted % 50).isZero();
        assertThat(counted).isBetween(50, 350);
        assertThat(report.ending().explanation())
                .isEqualTo("The time limit was reached after %d of 400 images; these are a random sample of them."
                        .formatted(counted));
        RobustnessReport whole = Evaluator.on(new WireRunner(1)).evaluate(MODEL, DATA, plan);
        for (int e = 0; e < report.results().size(); e++) {
            for (int i = 0; i < counted; i++) {
                int other = Arrays.binarySearch(
                        whole.outcomes().columns().ids(),
                        report.outcomes().columns().ids()[i]);
                assertThat(report.outcomes().columns().predictions()[e][i])
                        .isEqualTo(whole.outcomes().columns().predictions()[e][other]);
                assertThat(report.outcomes().columns().successfulAttacks()[e][i])
                        .isEqualTo(whole.outcomes().columns().successfulAttacks()[e][other]);
                assertThat(report.outcomes().columns().distances()[i])
                        .isEqualTo(whole.outcomes().columns().distances()[other]);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void withoutAFinishedShardTheReportIsOfTheAttacksThatTheFirstShardsHaveFinished(int workers) {
        TimedModel model = new TimedModel(MODEL);
        RobustnessReport report = Evaluator.on(new WireRunner(workers))
                .withClock(model)
                .withLimits(Limits.NONE.withTime(Duration.ofSeconds(30)))
                .evaluate(model, DATA, PLAN);

        assertThat(model.elapsed()).isLessThan(Duration.ofSeconds(33));
        int counted = report.outcomes().size();
        assertThat(counted % 50).isZero();
        assertThat(report.ending().reason()).isEqualTo(Completion.Reason.TIME_LIMIT);
        assertThat(report.ending().explanation())
                .isEqualTo(
                        "The time limit was reached before all attacks were finished; the accuracies are upper bounds by fgsm, pgd on %d of 400 images, a random sample of them. Not counted: square."
                                .formatted(counted));
        assertThat(report.attacks())
                .extracting(RobustnessReport.AttackRecord::name)
                .containsExactly("fgsm", "pgd");
        // exactly what these attacks alone say of these images
        RobustnessReport alone =
                Evaluator.on(new WireRunner(1)).evaluate(MODEL, DATA, plan(List.of(Fgsm.defaults(), PGD)));
        for (int i = 0; i < counted; i++) {
            int other = Arrays.binarySearch(
                    alone.outcomes().columns().ids(),
                    report.outcomes().columns().ids()[i]);
            assertThat(report.outcomes().columns().distances()[i])
                    .isEqualTo(alone.outcomes().columns().distances()[other]);
            for (int e = 0; e < 3; e++) {
                assertThat(report.outcomes().columns().successfulAttacks()[e][i])
                        .isEqualTo(alone.outcomes().columns().successfulAttacks()[e][other]);
            }
        }
        assertThat(report.results().get(1).accuracy().successes())
                .isEqualTo((int) Arrays.stream(report.outcomes().columns().ids())
                        .filter(id -> id % 3 == 0)
                        .count());
        // nothing of the attack that was left in its middle
        assertThat(report.outcomes().columns().successfulAttacks()[1]).doesNotContain(2);
    }

    @Test
    void withoutAFinishedAttackOnlyTheCleanAccuracyIsKnownAndNoBudgetIsClaimed() {
        TimedModel model = new TimedModel(MODEL);
        RobustnessReport report = Evaluator.on(new WireRunner(1))
                .withClock(model)
                .withLimits(Limits.NONE.withTime(Duration.ofSeconds(10)))
                .evaluate(model, DATA, plan(List.of(square(5000))));

        assertThat(model.elapsed()).isLessThan(Duration.ofSeconds(11));
        assertThat(report.results()).hasSize(1);
        assertThat(report.results().get(0).epsilon()).isZero();
        assertThat(report.outcomes().columns().ids()).hasSize(50);
        assertThat(report.results().get(0).accuracy().successes())
                .isEqualTo((int) Arrays.stream(report.outcomes().columns().ids())
                        .filter(id -> id % 3 != 2)
                        .count());
        for (int i = 0; i < report.outcomes().size(); i++) {
            assertThat(report.outcomes().columns().distances()[i])
                    .isEqualTo(report.outcomes().columns().ids()[i] % 3 == 2 ? 0 : -1);
        }
        assertThat(report.ending().explanation())
                .isEqualTo(
                        "The time limit was reached before the first attack (square) was finished; only the clean accuracy is known, on 50 of 400 images, a random sample of them.");
    }

    @Test
    void withoutAFinishedAttackNoSignClaimsThatThereWasOne() {
        TimedModel model = new TimedModel(MODEL);
        RobustnessReport report = Evaluator.on(new WireRunner(1))
                .withClock(model)
                .withLimits(Limits.NONE.withTime(Duration.ofSeconds(10)))
                .evaluate(model, DATA, plan(List.of(square(5000), PGD, Fgsm.defaults())));

        assertThat(report.endedBeforeAnyAttack()).isTrue();
        assertThat(of(report, WarningSign.ENDED_EARLY).raised()).isTrue();
        assertThat(of(report, WarningSign.ENDED_EARLY).finding())
                .isEqualTo("0 of 3 attacks were done on all examples of the report.");
        for (WarningSign indicator : List.of(
                WarningSign.FIRST_LOOK,
                WarningSign.ONLY_BASELINES,
                WarningSign.ZERO_GRADIENTS,
                WarningSign.LESS_WITH_MORE,
                WarningSign.BLACK_BOX_WINS,
                WarningSign.NOT_CONVERGED,
                WarningSign.LOST_BY_ROUNDING)) {
            assertThat(of(report, indicator).outcome()).isEqualTo(Diagnostic.Outcome.NOT_MEASURED);
            assertThat(of(report, indicator).finding()).isEqualTo("The time limit left no time for it.");
        }
    }

    @Test
    void aLimitIsNoReasonForWhatOnlyGradientsShow() {
        TimedModel model = new TimedModel(MODEL);
        RobustnessReport report = Evaluator.on(new WireRunner(1))
                .withClock(model)
                .withLimits(Limits.NONE.withTime(Duration.ofSeconds(10)))
                .evaluate((Classifier) model, DATA, Plan.blackBox(Norm.LINF, List.of(square(5000)), EPSILON));
        assertThat(of(report, WarningSign.WRONG_GRADIENT).finding()).isEqualTo("The attacks saw nothing but logits.");
        assertThat(of(report, WarningSign.FIRST_LOOK).finding()).isEqualTo("The time limit left no time for it.");
    }

    @Test
    void aPlanWithoutALimitDidNotEndBeforeItsAttacks() {
        assertThat(Evaluator.on(new WireRunner(1))
                        .evaluate(MODEL, DATA, Plan.whiteBox(Norm.LINF, List.of(Fgsm.defaults())))
                        .endedBeforeAnyAttack())
                .isFalse();
    }

    @ParameterizedTest
    @CsvSource({"1, 5", "1, 8", "1, 20", "1, 60", "2, 8", "2, 20", "2, 60"})
    void aModelThatTakesItsTimePerCallIsAskedUntilTheEnd(int workers, int seconds) {
        TimedModel model = new TimedModel(MODEL, Duration.ofSeconds(1), Duration.ofMillis(1));
        RobustnessReport report = Evaluator.on(new WireRunner(workers))
                .withClock(model)
                .withLimits(Limits.NONE.withTime(Duration.ofSeconds(seconds)))
                .evaluate((Classifier) model, DATA, Plan.blackBox(Norm.LINF, List.of(square(5000)), EPSILON, .2));
        assertThat(report.ending().reason()).isEqualTo(Completion.Reason.TIME_LIMIT);
        assertThat(report.results()).hasSize(1);
        assertThat(report.outcomes().size()).isIn(50, 50 * workers);
        assertThat(report.results().get(0).accuracy().successes())
                .isEqualTo((int) Arrays.stream(report.outcomes().columns().ids())
                        .filter(id -> id % 3 != 2)
                        .count());
        assertThat(model.elapsed())
                .isBetween(
                        Duration.ofSeconds(seconds / 2),
                        Duration.ofSeconds(seconds).plusMillis(1500));
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 5, 6})
    void aShortLimitIsForTheCleanImagesRatherThanForTheFirstLook(int seconds) {
        TimedModel model = new TimedModel(MODEL, Duration.ofSeconds(1), Duration.ZERO);
        RobustnessReport report = Evaluator.on(new WireRunner(1))
                .withClock(model)
                .withLimits(Limits.NONE.withTime(Duration.ofSeconds(seconds)))
                .evaluate((Classifier) model, DATA, Plan.blackBox(Norm.LINF, List.of(square(5000)), EPSILON));
        assertThat(report.outcomes().columns().ids()).hasSize(50);
        assertThat(model.elapsed()).isLessThanOrEqualTo(Duration.ofSeconds(seconds));
        assertThat(of(report, WarningSign.NONDETERMINISTIC).finding()).isEqualTo("The time limit left no time for it.");
    }

    @Test
    void aFirstLookThatTheTimeDoesNotLastForIsToldFromAModelThatDoesNotAnswer() {
        TimedModel model = new TimedModel(MODEL, Duration.ofSeconds(1), Duration.ZERO);
        assertThatThrownBy(() -> Evaluator.on(new WireRunner(1))
                        .withClock(model)
                        .withLimits(Limits.NONE.withTime(Duration.ofMillis(1500)))
                        .evaluate(model, DATA, PLAN))
                .isInstanceOf(GauntletException.class)
                .hasMessage(
                        "The time limit was reached during the first look at the model, which takes about 1.0 s for a pass; raise it.");
    }

    @Test
    void theRoundingOfSuccessesIsWithinTheLimitToo() {
        // fgsm is finished with all budgets, and each budget costs a call more at the end
        TimedModel model = new TimedModel(MODEL, Duration.ofSeconds(1), Duration.ofNanos(1));
        RobustnessReport report = Evaluator.on(new WireRunner(1))
                .withClock(model)
                .withLimits(Limits.NONE.withTime(Duration.ofSeconds(30)))
                .evaluate(model, DATA, plan(List.of(Fgsm.defaults(), square(5000))));
        assertThat(report.attacks())
                .extracting(RobustnessReport.AttackRecord::name)
                .containsExactly("fgsm");
        assertThat(model.elapsed()).isBetween(Duration.ofSeconds(20), Duration.ofSeconds(30));
    }

    @Test
    void anAttackThatDoesNotAskAboutTheCleanImagesLeavesThemKnown() {
        TimedModel model = new TimedModel(MODEL);
        Pgd random = new Pgd(5000, .1, true, 1, .99, new CrossEntropy());
        RobustnessReport report = Evaluator.on(new WireRunner(1))
                .withClock(model)
                .withLimits(Limits.NONE.withTime(Duration.ofSeconds(10)))
                .evaluate(model, DATA, plan(List.of(random)));
        assertThat(report.outcomes().columns().ids()).hasSize(50);
        assertThat(report.results()).hasSize(1);
        assertThat(report.endedBeforeAnyAttack()).isTrue();
    }

    @Test
    void imagesThatNeedMoreThanTheLimitAreNotBegunAndTheErrorSaysWhatTheyNeed() {
        TimedModel model = new TimedModel(MODEL, Duration.ZERO, Duration.ofSeconds(1));
        assertThatThrownBy(() -> Evaluator.on(new WireRunner(1))
                        .withClock(model)
                        .withLimits(Limits.NONE.withTime(Duration.ofSeconds(20)))
                        .evaluate(model, DATA, PLAN))
                .isInstanceOf(GauntletException.class)
                .hasMessage(
                        "The time limit is too short for the model to answer for the first 50 images, for which it needs about 50 s; raise it.");
        assertThat(model.elapsed()).isLessThan(Duration.ofSeconds(20));
    }

    @Test
    void cleanAnswersCountWhicheverBlockTheyAreFrom() {
        RobustnessReport report = Evaluator.on(new LateRunner())
                .withLimits(Limits.NONE.withTime(Duration.ofHours(1)))
                .evaluate(MODEL, DATA, plan(List.of(Fgsm.defaults())));

        assertThat(report.endedBeforeAnyAttack()).isTrue();
        assertThat(report.results()).hasSize(1);
        assertThat(report.outcomes().size()).isEqualTo(100);
        for (int i = 0; i < 100; i++) {
            assertThat(report.outcomes().isCleanMistake(i))
                    .isEqualTo(report.outcomes().id(i) % 3 == 2);
        }
        assertThat(report.ending().explanation())
                .contains("only the clean accuracy is known, on 100 of 400 images, a random sample of them");
    }

    /** Has no time for the clean images of the first block, nor for the attack on the third. */
    private record LateRunner() implements Runner {
        @Override
        public void run(StageTasks stage, Consumer<ShardResult> sink) {
            for (ShardTask task : stage.tasks()) {
                ShardId id = task.id();
                boolean late = (id.block() == 0 && id.stage() == 0) || (id.block() == 2 && id.stage() == 1);
                sink.accept(
                        late
                                ? new ShardResult(id, new ShardResult.TimeIsUp())
                                : stage.here().compute(task));
            }
        }

        @Override
        public int workers() {
            return 3;
        }
    }

    @Test
    void allImagesMayBeThereThoughNotAllAttacksAre() {
        TimedModel model = new TimedModel(MODEL);
        RobustnessReport report = Evaluator.on(new WireRunner(1))
                .withClock(model)
                .withLimits(Limits.NONE.withTime(Duration.ofSeconds(30)))
                .evaluate(model, DATA, PLAN.withExamples(50));
        assertThat(report.outcomes().columns().ids()).hasSize(50);
        assertThat(report.ending().reason()).isEqualTo(Completion.Reason.TIME_LIMIT);
        assertThat(report.ending().explanation())
                .endsWith("are upper bounds by fgsm, pgd on all 50 images. Not counted: square.");
    }

    @Test
    void whenNothingIsKnownItIsAnError() {
        TimedModel model = new TimedModel(MODEL);
        assertThatThrownBy(() -> Evaluator.on(new WireRunner(1))
                        .withClock(model)
                        .withLimits(Limits.NONE.withTime(Duration.ofNanos(1)))
                        .evaluate(model, DATA, PLAN))
                .isInstanceOf(GauntletException.class)
                .hasMessage("The time limit was reached during the first look at the model; raise it.");
        assertThat(model.elapsed()).isLessThan(Duration.ofMillis(10));
    }

    @Test
    void aPassThatWouldEndAfterTheLimitIsNotBegun() {
        // a few images to learn the speed, 5 % of 2 s for the first look, and then 50 images take no less than 50 ms
        TimedModel model = new TimedModel(MODEL);
        Evaluator.on(new WireRunner(1))
                .withClock(model)
                .withLimits(Limits.NONE.withTime(Duration.ofSeconds(2)))
                .evaluate(model, DATA, PLAN);
        // but for the look at the rounded successes
        assertThat(model.elapsed()).isLessThan(Duration.ofMillis(2100));
    }

    @Test
    void diagnosticsHaveTheirShareAndSayWhatTheyHadNoTimeFor() {
        // 18 s for all attacks; the diagnostics would take 70 s
        Plan<DifferentiableClassifier> plan =
                plan(List.of(Fgsm.defaults(), PGD)).withDiagnostics(FULL);
        TimedModel free = new TimedModel(MODEL);
        Evaluator.on(new WireRunner(1)).withClock(free).evaluate(free, DATA, plan);
        assertThat(free.elapsed()).isGreaterThan(Duration.ofSeconds(60));

        TimedModel model = new TimedModel(MODEL);
        RobustnessReport report = Evaluator.on(new WireRunner(1))
                .withClock(model)
                .withLimits(Limits.NONE.withTime(Duration.ofSeconds(40)))
                .evaluate(model, DATA, plan);
        assertThat(report.ending().reason()).isEqualTo(Completion.Reason.COMPLETE);
        assertThat(report.outcomes().columns().ids()).hasSize(EXAMPLES);
        assertThat(model.elapsed()).isBetween(Duration.ofSeconds(35), Duration.ofSeconds(41));
        assertThat(outcome(report, WarningSign.WRONG_GRADIENT)).isEqualTo(Diagnostic.Outcome.QUIET);
        assertThat(report.diagnostics())
                .filteredOn(diagnostic -> diagnostic.indicator() == WarningSign.PLANTED_MISSED)
                .singleElement()
                .satisfies(diagnostic -> {
                    assertThat(diagnostic.outcome()).isEqualTo(Diagnostic.Outcome.NOT_MEASURED);
                    assertThat(diagnostic.finding()).isEqualTo("The time limit left no time for it.");
                });
    }

    private static Diagnostic.Outcome outcome(RobustnessReport report, WarningSign indicator) {
        return of(report, indicator).outcome();
    }

    private static Diagnostic of(RobustnessReport report, WarningSign indicator) {
        return report.diagnostics().stream()
                .filter(diagnostic -> diagnostic.indicator() == indicator)
                .findFirst()
                .orElseThrow();
    }

    @Test
    void aJournalGoesOnAfterAnyLimitAndGivesTheUndisturbedResult() {
        Plan<DifferentiableClassifier> plan = plan(List.of(Fgsm.defaults(), PGD));
        int before = 0;
        for (int seconds = 2; seconds <= 16; seconds += 2) {
            TimedModel model = new TimedModel(MODEL);
            RobustnessReport report = Evaluator.on(new WireRunner(2))
                    .withClock(model)
                    .withJournal(folder, examples -> {})
                    .withLimits(Limits.NONE.withTime(Duration.ofSeconds(seconds)))
                    .evaluate(model, DATA, plan);
            assertThat(report.outcomes().size()).isGreaterThanOrEqualTo(before);
            before = report.attacks().size() == 2 && report.results().size() == 3
                    ? report.outcomes().size()
                    : 0;
        }
        assertThat(before).isEqualTo(EXAMPLES);
        assertThat(Evaluator.on(new WireRunner(1))
                        .withJournal(folder, examples -> {})
                        .evaluate(MODEL, DATA, plan))
                .usingRecursiveComparison()
                .ignoringFields("timing")
                .isEqualTo(Evaluator.on(new WireRunner(1)).evaluate(MODEL, DATA, plan));
    }

    @Test
    void aLimitIsNamedInSeconds() {
        assertThatThrownBy(() -> Limits.NONE.withTime(Duration.ZERO))
                .isInstanceOf(GauntletException.class)
                .hasMessage("The time limit must be above 0, got 0 s.");
        assertThatThrownBy(() -> Limits.NONE.withTime(Duration.ofMillis(-1500)))
                .hasMessage("The time limit must be above 0, got -1.5 s.");
    }

    @Test
    void whatWasSpentBeforeIsTakenFromTheTime() {
        Limits limits = Limits.NONE.withTime(Duration.ofSeconds(10)).withBackwards(3);
        assertThat(limits.after(Duration.ofSeconds(4)))
                .isEqualTo(Limits.NONE.withTime(Duration.ofSeconds(6)).withBackwards(3));
        assertThat(limits.after(Duration.ofSeconds(10)).time().orElseThrow())
                .isPositive()
                .isLessThan(Duration.ofMillis(1));
        assertThat(Limits.NONE.after(Duration.ofSeconds(4))).isEqualTo(Limits.NONE);
    }
}

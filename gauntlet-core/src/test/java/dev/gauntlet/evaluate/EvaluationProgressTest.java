package dev.gauntlet.evaluate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gauntlet.attack.Apgd;
import dev.gauntlet.attack.Fgsm;
import dev.gauntlet.attack.Pgd;
import dev.gauntlet.attack.Square;
import dev.gauntlet.loss.CrossEntropy;
import dev.gauntlet.model.DifferentiableClassifier;
import dev.gauntlet.request.DiagnosticsBudget;
import dev.gauntlet.request.Limits;
import dev.gauntlet.testkit.ArrayDataset;
import dev.gauntlet.testkit.LinearModel;
import dev.gauntlet.testkit.WireRunner;
import dev.gauntlet.threat.Norm;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EvaluationProgressTest {
    private static final int EXAMPLES = 400;
    private static final DifferentiableClassifier MODEL = new LinearModel(new double[][] {{1, 0}, {0, 1}}, 0, 0);
    private static final Plan<DifferentiableClassifier> PLAN = Plan.whiteBox(
            Norm.LINF,
            List.of(
                    Fgsm.defaults(),
                    new Pgd(40, .1, true, 1, .99, new CrossEntropy()),
                    new Apgd(50, 1, .75, true, new CrossEntropy()),
                    new Square(300, .8, 1, true)),
            .1,
            .2);

    /** With an automatic budget, the diagnostics may end at any time. */
    private static final Plan<DifferentiableClassifier> FULL =
            PLAN.withDiagnostics(DiagnosticsBudget.AUTOMATIC.withEffort(DiagnosticsBudget.Effort.FULL));

    @TempDir
    private Path folder;

    /** Makes examples of which a share withstands everything and the others fall at once. */
    private static ArrayDataset data(int standingOfTen) {
        return ArrayDataset.of(
                2,
                IntStream.range(0, EXAMPLES).map(i -> i % 2).toArray(),
                IntStream.range(0, EXAMPLES)
                        .mapToObj(i -> {
                            float margin = i / 2 % 10 < standingOfTen ? .4f : .02f;
                            return i % 2 == 0
                                    ? new float[] {.5f + margin, .5f - margin}
                                    : new float[] {.5f - margin, .5f + margin};
                        })
                        .toArray(float[][]::new));
    }

    /** Keeps all that it is told, with the time. */
    private static final class Notes implements EvaluationListener {
        private final TimedModel model;
        private final List<EvaluationProgress> told = new ArrayList<>();
        private final List<Duration> times = new ArrayList<>();
        private final List<Duration> estimates = new ArrayList<>();
        private int images;

        Notes(TimedModel model) {
            this.model = model;
        }

        @Override
        public void begins(int imagesToAttack, Duration atMost) {
            images = imagesToAttack;
            estimates.add(atMost);
        }

        @Override
        public void progress(EvaluationProgress progress) {
            told.add(progress);
            times.add(model.elapsed());
        }

        /** Returns by what factor the remaining time that was told at a share of the whole time was wrong. */
        double error(double shareOfTime) {
            Duration end = times.get(times.size() - 1);
            int i = 0;
            while (times.get(i).toMillis() < shareOfTime * end.toMillis()) {
                i++;
            }
            return (double) told.get(i).remaining().orElseThrow().toMillis()
                    / end.minus(times.get(i)).toMillis();
        }
    }

    private static Notes evaluate(ArrayDataset data, Plan<DifferentiableClassifier> plan) {
        TimedModel model = new TimedModel(MODEL);
        Notes notes = new Notes(model);
        Evaluator.on(new WireRunner(1)).withClock(model).withProgress(notes).evaluate(model, data, plan);
        return notes;
    }

    @Test
    void tellsWhatIsBeingDoneAtEveryPass() {
        Notes notes = evaluate(data(10), PLAN);
        assertThat(notes.told)
                .extracting(EvaluationProgress::stage)
                .isSorted()
                .contains(
                        EvaluationProgress.Stage.CHECKING,
                        EvaluationProgress.Stage.ATTACKING,
                        EvaluationProgress.Stage.DIAGNOSING);
        assertThat(notes.told).extracting(EvaluationProgress::attack).contains("fgsm", "pgd", "apgd", "square", "");
        assertThat(notes.told)
                .filteredOn(progress -> progress.attack().equals("apgd"))
                .allSatisfy(progress -> {
                    assertThat(progress.number()).isEqualTo(3);
                    assertThat(progress.attacks()).isEqualTo(4);
                    assertThat(progress.planned()).isEqualTo(EXAMPLES);
                })
                .extracting(EvaluationProgress::epsilon)
                .contains(OptionalDouble.of(.1), OptionalDouble.of(.2));
        assertThat(notes.told).extracting(EvaluationProgress::finished).isSorted();
        assertThat(notes.told.get(notes.told.size() - 1).finished()).isEqualTo(EXAMPLES);
        // no more than a pass of a shard lies between two of them
        for (int i = 1; i < notes.times.size(); i++) {
            assertThat(notes.times.get(i).minus(notes.times.get(i - 1))).isLessThan(Duration.ofMillis(300));
        }
    }

    @Test
    void theShareNeverFallsAndEndsAt1() {
        for (int standing : new int[] {0, 5, 10}) {
            for (Plan<DifferentiableClassifier> plan : List.of(PLAN, FULL)) {
                Notes notes = evaluate(data(standing), plan);
                assertThat(notes.told).extracting(EvaluationProgress::share).isSorted();
                assertThat(notes.told.get(notes.told.size() - 1).share()).isEqualTo(1);
            }
        }
    }

    @Test
    void theRemainingTimeIsTrueWhateverShareOfTheExamplesStands() {
        for (int standing : new int[] {10, 5, 1}) {
            Notes notes = evaluate(data(standing), FULL);
            for (double share : new double[] {.2, .4, .6, .8}) {
                assertThat(notes.error(share))
                        .as("%d of 10 stand, after %s", standing, share)
                        .isBetween(.6, 1.8);
            }
        }
    }

    @Test
    void theEstimateBeforeTheStartIsWhatAModelCostsThatWithstandsAll() {
        Notes notes = evaluate(data(10), PLAN);
        Duration end = notes.times.get(notes.times.size() - 1);
        assertThat(notes.images).isEqualTo(EXAMPLES);
        assertThat(notes.estimates).hasSize(1);
        assertThat((double) notes.estimates.get(0).toMillis() / end.toMillis()).isBetween(.9, 1.3);
        assertThat(evaluate(data(0), PLAN).estimates).isEqualTo(notes.estimates);
    }

    @Test
    void whatAJournalHasIsNoSpeed() {
        ArrayDataset data = data(10);
        // half of the shards, then the rest
        TimedModel first = new TimedModel(MODEL);
        Evaluator.on(new WireRunner(1))
                .withClock(first)
                .withJournal(folder, examples -> {})
                .withLimits(Limits.NONE.withBackwards(40_000))
                .evaluate(first, data, FULL);
        TimedModel second = new TimedModel(MODEL);
        Notes notes = new Notes(second);
        Evaluator.on(new WireRunner(1))
                .withClock(second)
                .withJournal(folder, examples -> {})
                .withProgress(notes)
                .evaluate(second, data, FULL);

        assertThat(notes.images).isBetween(100, 300);
        int atStart = EXAMPLES - notes.images;
        assertThat(notes.told)
                .filteredOn(progress -> progress.finished() == atStart)
                .isNotEmpty();
        for (double share : new double[] {.2, .5, .8}) {
            assertThat(notes.error(share)).as("after %s", share).isBetween(.7, 1.5);
        }
    }

    @Test
    void aLimitIsTheEndOfTheRemainingTime() {
        TimedModel model = new TimedModel(MODEL);
        Notes notes = new Notes(model);
        Evaluator.on(new WireRunner(1))
                .withClock(model)
                .withProgress(notes)
                .withLimits(Limits.NONE.withTime(Duration.ofSeconds(20)))
                .evaluate(model, data(10), PLAN);
        assertThat(notes.estimates).containsExactly(Duration.ofSeconds(20));
        for (int i = 0; i < notes.told.size(); i++) {
            Duration left = Duration.ofSeconds(20).minus(notes.times.get(i));
            assertThat(notes.told.get(i).remaining().orElse(Duration.ZERO))
                    .isLessThanOrEqualTo(left.isNegative() ? Duration.ZERO : left);
        }
        assertThat(notes.told.get(notes.told.size() - 1).share()).isGreaterThan(.9);
    }
}

package dev.gauntlet.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gauntlet.attack.Fgsm;
import dev.gauntlet.attack.Passes;
import dev.gauntlet.attack.Pgd;
import dev.gauntlet.evaluate.shard.ShardComputer;
import dev.gauntlet.evaluate.shard.ShardId;
import dev.gauntlet.evaluate.shard.ShardResult;
import dev.gauntlet.evaluate.shard.ShardTask;
import dev.gauntlet.model.DifferentiableClassifier;
import dev.gauntlet.request.Limits;
import dev.gauntlet.testkit.ArrayDataset;
import dev.gauntlet.testkit.LinearModel;
import dev.gauntlet.testkit.WireRunner;
import dev.gauntlet.threat.Norm;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How an evaluation is cut into stages, blocks and tasks. */
class StagesTest {
    private static final double SMALL = 0.1;
    private static final double LARGE = 0.2;

    /** Right if the first pixel is the larger one; the margin is what the pixels differ by. */
    private static final DifferentiableClassifier MODEL = new LinearModel(new double[][] {{1, 0}, {0, 1}}, 0, 0);

    private static final Plan<DifferentiableClassifier> PLAN =
            Plan.whiteBox(Norm.LINF, List.of(Fgsm.defaults(), Pgd.defaults()), SMALL, LARGE);

    /** Of 20 examples in a row 2 are misclassified, 14 fall to the small budget, 1 to the large one, and 3 are robust. */
    private static ArrayDataset data(int size) {
        return ArrayDataset.of(
                2,
                new int[size],
                IntStream.range(0, size).mapToObj(StagesTest::pixels).toArray(float[][]::new));
    }

    private static float[] pixels(int id) {
        int place = id % 20;
        float first = place < 2 ? .4f : place < 16 ? .55f : place < 17 ? .65f : .9f;
        return new float[] {first, 1 - first};
    }

    private static boolean isRobust(int id, double epsilon) {
        return id % 20 >= (epsilon == SMALL ? 16 : 17);
    }

    /** Notes which tasks are given out, and computes them in another order. */
    private record Recorder(WireRunner runner, List<ShardTask> tasks, boolean reversed) implements Runner {
        static Recorder of(int workers, boolean reversed) {
            return new Recorder(new WireRunner(workers), new ArrayList<>(), reversed);
        }

        @Override
        public void run(StageTasks stage, Consumer<ShardResult> sink) {
            tasks.addAll(stage.tasks());
            List<ShardTask> order = new ArrayList<>(stage.tasks());
            if (reversed) {
                Collections.reverse(order);
            }
            runner.run(stage.withTasks(order), sink);
        }

        @Override
        public int workers() {
            return runner.workers();
        }

        /** Returns the numbers of the examples of each task of each stage of a block. */
        Map<Integer, List<int[]>> examples(int block) {
            return tasks.stream()
                    .filter(task -> task.id().block() == block)
                    .filter(task ->
                            task.work() instanceof ShardTask.AskClean || task.work() instanceof ShardTask.RunAttack)
                    .collect(Collectors.groupingBy(
                            task -> task.id().stage(),
                            TreeMap::new,
                            Collectors.mapping(StagesTest::ids, Collectors.toList())));
        }
    }

    private static int[] ids(ShardTask task) {
        return task.work() instanceof ShardTask.RunAttack run ? run.ids() : ((ShardTask.AskClean) task.work()).ids();
    }

    private static List<Integer> sizes(List<int[]> tasks) {
        return tasks.stream().map(ids -> ids.length).toList();
    }

    private static int[] all(List<int[]> tasks) {
        return tasks.stream().flatMapToInt(Arrays::stream).sorted().toArray();
    }

    @Test
    void eachStagePacksTheExamplesThatGoOnIntoFullBatches() {
        Recorder recorder = Recorder.of(1, false);
        RobustnessReport report = Evaluator.on(recorder).evaluate(MODEL, data(400), PLAN);
        Map<Integer, List<int[]>> stages = recorder.examples(0);
        assertThat(sizes(stages.get(0))).containsExactly(100, 100, 100, 100);
        // 40 mistakes need no attack
        assertThat(sizes(stages.get(1))).containsExactly(90, 90, 90, 90);
        // 60 are robust with the large budget and 20 with the small one alone
        assertThat(sizes(stages.get(2))).containsExactly(40, 40);
        assertThat(all(stages.get(0))).isEqualTo(IntStream.range(0, 400).toArray());
        assertThat(all(stages.get(1)))
                .isEqualTo(IntStream.range(0, 400).filter(id -> id % 20 >= 2).toArray());
        assertThat(all(stages.get(2)))
                .isEqualTo(IntStream.range(0, 400)
                        .filter(id -> isRobust(id, SMALL))
                        .toArray());
        assertThat(report.results())
                .extracting(result -> result.accuracy().successes())
                .containsExactly(360, 80, 60);
    }

    @Test
    void aTaskSaysWhichOfItsExamplesAreRobustWithWhichBudget() {
        Recorder recorder = Recorder.of(1, false);
        Evaluator.on(recorder).evaluate(MODEL, data(800), PLAN);
        List<ShardTask.RunAttack> attacks = recorder.tasks().stream()
                .filter(task -> task.id().stage() == 2 && task.work() instanceof ShardTask.RunAttack)
                .map(task -> (ShardTask.RunAttack) task.work())
                .toList();
        assertThat(attacks).hasSize(2);
        for (ShardTask.RunAttack work : attacks) {
            double[] epsilons = {SMALL, LARGE};
            for (int budget = 0; budget < epsilons.length; budget++) {
                double epsilon = epsilons[budget];
                assertThat(work.robust().get(budget))
                        .isEqualTo(IntStream.range(0, work.ids().length)
                                .filter(row -> isRobust(work.ids()[row], epsilon))
                                .toArray());
            }
            assertThat(work.clean().size()).isEqualTo(work.ids().length);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3, 9})
    void neitherWorkersNorTheOrderOfTheResultsChangeATaskOrADigit(int workers) {
        Recorder expected = Recorder.of(1, false);
        RobustnessReport report = Evaluator.on(expected).evaluate(MODEL, data(400), PLAN);
        Recorder other = Recorder.of(workers, true);
        assertThat(Evaluator.on(other).evaluate(MODEL, data(400), PLAN))
                .usingRecursiveComparison()
                .ignoringFields("timing")
                .isEqualTo(report);
        assertThat(other.tasks())
                .extracting(ShardTask::checksum)
                .isEqualTo(expected.tasks().stream().map(ShardTask::checksum).toList());
    }

    @Test
    void aBlockThatTheEvaluationMayEndAfterPassesAllStagesBeforeTheNextBegins() {
        Recorder recorder = Recorder.of(1, false);
        Evaluator.on(recorder)
                .withLimits(Limits.NONE.withBackwards(Long.MAX_VALUE))
                .evaluate(MODEL, data(400), PLAN);
        List<ShardId> order = recorder.tasks().stream()
                .map(ShardTask::id)
                .filter(id -> id.stage() <= 2)
                .toList();
        assertThat(order).isSorted();
        assertThat(order)
                .extracting(ShardId::block)
                .containsAll(IntStream.range(0, 8).boxed().toList());
        for (int block = 0; block < 8; block++) {
            assertThat(sizes(recorder.examples(block).get(0))).containsExactly(50);
        }
    }

    @Test
    void aVeryLargeDataSetIsCutIntoBlocks() {
        int size = 20_000 + 5_000;
        Recorder recorder = Recorder.of(2, false);
        RobustnessReport report = Evaluator.on(recorder).evaluate(MODEL, data(size), PLAN);
        assertThat(all(recorder.examples(0).get(0))).hasSize(20_000);
        assertThat(all(recorder.examples(1).get(0))).hasSize(5_000);
        assertThat(report.outcomes().size()).isEqualTo(size);
        assertThat(report.ending().early()).isFalse();
        for (int i = 0; i < size; i++) {
            assertThat(report.outcomes().isRobust(i, 2)).isEqualTo(isRobust(i, LARGE));
        }
    }

    @Test
    void aResultThatIsGivenTwiceIsAnError() {
        assertThatThrownBy(() -> evaluateWith((tasks, computer, sink) -> {
                    for (ShardTask task : tasks) {
                        ShardResult result = computer.compute(task);
                        sink.accept(result);
                        sink.accept(result);
                    }
                }))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("The runner gave a result for task 0000-00-00000, which was not open.");
    }

    @Test
    void aResultThatIsMissingIsAnError() {
        assertThatThrownBy(() -> evaluateWith((tasks, computer, sink) ->
                        tasks.stream().skip(1).map(computer::compute).forEach(sink)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("The runner gave no result for 1 of 4 tasks, such as 0000-00-00000.");
    }

    @Test
    void aResultOfOtherWorkIsAnError() {
        assertThatThrownBy(() -> evaluateWith((tasks, computer, sink) -> tasks.forEach(task ->
                        sink.accept(new ShardResult(task.id(), new ShardResult.Probed(Passes.NONE, List.of()))))))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("A task of AskClean has a result of Probed.");
    }

    /** Runs tasks on one worker. */
    @FunctionalInterface
    private interface Running {
        void run(List<ShardTask> tasks, ShardComputer computer, Consumer<ShardResult> sink);
    }

    private static void evaluateWith(Running running) {
        Evaluator.on(new Runner() {
                    @Override
                    public void run(StageTasks stage, Consumer<ShardResult> sink) {
                        running.run(stage.tasks(), stage.here(), sink);
                    }

                    @Override
                    public int workers() {
                        return 1;
                    }
                })
                .evaluate(MODEL, data(400), PLAN);
    }
}

package dev.gauntlet.evaluate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gauntlet.attack.DeepFool;
import dev.gauntlet.attack.Fgsm;
import dev.gauntlet.attack.kit.AttackResult;
import dev.gauntlet.data.Batch;
import dev.gauntlet.data.SmallDigits;
import dev.gauntlet.evaluate.shard.AdversarialExample;
import dev.gauntlet.evaluate.shard.ShardId;
import dev.gauntlet.evaluate.shard.ShardResult;
import dev.gauntlet.evaluate.shard.ShardTask;
import dev.gauntlet.loss.Loss;
import dev.gauntlet.model.DifferentiableClassifier;
import dev.gauntlet.model.Gradient;
import dev.gauntlet.model.Logits;
import dev.gauntlet.model.ModelCard;
import dev.gauntlet.model.TrainedModel;
import dev.gauntlet.testkit.ArrayDataset;
import dev.gauntlet.testkit.PlainModel;
import dev.gauntlet.testkit.ScriptedAttack;
import dev.gauntlet.threat.Norm;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.IntFunction;
import org.junit.jupiter.api.Test;

/** How often the model is asked about successes rounded to 8 bits, and what is concluded from its answers. */
class RoundedSuccessesTest {
    private static final TrainedModel MODEL =
            TrainedModel.on(SmallDigits.of("train", 1500).all(), 10, 32, 32, 6);
    private static final ArrayDataset TEST = SmallDigits.of("test", 200);

    @Test
    void fgsmAsksOnceForEachBudgetAndOnceForTheRoundedImage() {
        double[] budgets = {.05, .1, .15, .2, .25, .3};
        CountingModel counting = new CountingModel();

        RobustnessReport report = Evaluator.on(new CountingRunner(counting))
                .evaluate(counting, TEST, Plan.linf(Fgsm.defaults(), budgets));

        int correct = report.results().get(0).accuracy().successes();
        int broken = correct - report.results().get(6).accuracy().successes();
        assertThat(broken).isGreaterThan(150);
        // 7 budgets with that of the clean images, whose place the gradient takes
        assertThat(counting.forwards)
                .isBetween(7L * correct + broken, 82L * TEST.size() / 10)
                .isEqualTo(report.attacks().get(0).forwards());
        assertThat(counting.backwards)
                .isEqualTo(correct)
                .isEqualTo(report.attacks().get(0).backwards());
    }

    @Test
    void aMinimalNormAttackAsksOnceAboutAnImageThatServesAllBudgets() {
        CountingModel counting = new CountingModel();
        Plan<DifferentiableClassifier> all =
                Plan.whiteBox(Norm.L2, List.of(DeepFool.defaults()), .5, 1, 2, 3, 4, 5, 6, 7);
        Plan<DifferentiableClassifier> largest = Plan.whiteBox(Norm.L2, List.of(DeepFool.defaults()), 7);

        long forwards = passes(counting, all);

        assertThat(forwards).isEqualTo(passes(counting, largest));
    }

    private static long passes(CountingModel counting, Plan<DifferentiableClassifier> plan) {
        return Evaluator.on(new CountingRunner(counting))
                .evaluate(counting, TEST, plan)
                .attacks()
                .get(0)
                .forwards();
    }

    @Test
    void aSuccessThatSurvivesCountsForAllLargerBudgets() {
        double level = 1 / 255.;
        // near 100 and at 104.3 only the exact image is a success, at 102 the rounded one as well
        PlainModel islands = new Islands(100.2 * level, 102 * level, 104.3 * level);
        float[] found = {(float) (100.2 * level), (float) (102 * level), (float) (104.3 * level)};
        ScriptedAttack attack = new ScriptedAttack((model, problem) -> epsilon ->
                new AttackResult(new float[] {found[(int) Math.round(epsilon / .01) - 1]}, new boolean[] {true}));
        ArrayDataset grey = ArrayDataset.of(2, new int[] {0}, new float[] {(float) (100 * level)});
        Plan<DifferentiableClassifier> plan = Plan.whiteBox(Norm.LINF, List.of(attack), .01, .02, .03);
        List<AdversarialExample> images = new ArrayList<>();

        RobustnessReport report = Evaluator.on(new LocalRunner(1)).evaluate(islands, grey, plan);
        RobustnessReport withImages = Evaluator.on(new LocalRunner(1))
                .keeping(new SuccessSink() {
                    @Override
                    public boolean has(ShardId task) {
                        return false;
                    }

                    @Override
                    public void keep(ShardId task, List<AdversarialExample> successes) {
                        images.addAll(successes);
                    }
                })
                .evaluate(islands, grey, plan);

        assertThat(report.results())
                .extracting(result -> result.accuracy().successes())
                .containsExactly(1, 0, 0, 0);
        assertThat(report.results())
                .extracting(result -> result.accuracyAfterRounding().successes())
                .containsExactly(1, 1, 0, 0);
        assertThat(report.attacks().get(0).forwards()).isEqualTo(2);
        // asking about every image changes neither the numbers nor the cost
        assertThat(images)
                .extracting(AdversarialExample::predictionAfterRounding)
                .containsExactly(0, 1, 0);
        assertThat(withImages.results()).isEqualTo(report.results());
        assertThat(withImages.attacks()).isEqualTo(report.attacks());
    }

    /** Class 1 close to some values of the only pixel, class 0 elsewhere. */
    private static final class Islands extends PlainModel {
        private final double[] values;

        Islands(double... values) {
            super(2);
            this.values = values;
        }

        @Override
        public double[] logitsOf(double[] x) {
            boolean inside = false;
            for (double value : values) {
                inside |= Math.abs(x[0] - value) < 1e-4;
            }
            return inside ? new double[] {0, 1} : new double[] {1, 0};
        }

        @Override
        public double[] backward(double[] x, double[] byLogits) {
            return new double[1];
        }
    }

    /** Counts the passes of the attacks. */
    private static final class CountingModel implements DifferentiableClassifier {
        private boolean counts;
        private long forwards;
        private long backwards;

        @Override
        public ModelCard card() {
            return MODEL.card();
        }

        @Override
        public Logits logits(Batch batch) {
            forwards += counts ? batch.size() : 0;
            return MODEL.logits(batch);
        }

        @Override
        public Gradient gradient(Batch batch, IntFunction<? extends Loss> lossOfRow) {
            forwards += counts ? batch.size() : 0;
            backwards += counts ? batch.size() : 0;
            return MODEL.gradient(batch, lossOfRow);
        }

        @Override
        public void close() {}
    }

    /** Has the passes of the attacks counted, not those of the clean answers and the diagnostics. */
    private record CountingRunner(CountingModel model) implements Runner {
        @Override
        public void run(StageTasks stage, Consumer<ShardResult> sink) {
            for (ShardTask task : stage.tasks()) {
                model.counts = task.work() instanceof ShardTask.RunAttack;
                sink.accept(stage.here().compute(task));
                model.counts = false;
            }
        }

        @Override
        public int workers() {
            return 1;
        }
    }
}

package dev.gauntlet.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gauntlet.GauntletException;
import dev.gauntlet.RandomKey;
import dev.gauntlet.attack.Attacks;
import dev.gauntlet.attack.DeepFool;
import dev.gauntlet.attack.Fgsm;
import dev.gauntlet.attack.Pgd;
import dev.gauntlet.evaluate.shard.ShardComputer;
import dev.gauntlet.evaluate.shard.ShardId;
import dev.gauntlet.evaluate.shard.ShardOpening;
import dev.gauntlet.evaluate.shard.ShardTask;
import dev.gauntlet.evaluate.shard.ShardWatch;
import dev.gauntlet.model.Classifier;
import dev.gauntlet.model.DifferentiableClassifier;
import dev.gauntlet.model.FunctionClassifier;
import dev.gauntlet.model.InputSpec;
import dev.gauntlet.request.Access;
import dev.gauntlet.request.DataRef;
import dev.gauntlet.request.Limits;
import dev.gauntlet.request.ModelRef;
import dev.gauntlet.testkit.ArrayDataset;
import dev.gauntlet.testkit.LinearModel;
import dev.gauntlet.testkit.WireRunner;
import dev.gauntlet.threat.Norm;
import dev.gauntlet.threat.Targeted;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A worker that has nothing but the bytes of the opening and of its tasks. */
class ShardOpeningTest {
    private static final double[][] WEIGHTS = {{1, -.5, .25}, {-1, .5, 0}, {0, .25, -1}, {-9, -9, -9}};
    private static final DifferentiableClassifier MODEL = new LinearModel(WEIGHTS, 0, 0, 0, 0);

    /** Has one class less than the model. */
    private static final ArrayDataset DATA = data(120);

    private static ArrayDataset data(int size) {
        SplittableRandom random = RandomKey.of(1).generator();
        return ArrayDataset.of(
                3,
                IntStream.range(0, size).map(id -> id % 3).toArray(),
                IntStream.range(0, size)
                        .mapToObj(id -> new float[] {
                            (float) random.nextDouble(), (float) random.nextDouble(), (float) random.nextDouble()
                        })
                        .toArray(float[][]::new));
    }

    private static ShardComputer open(ShardOpening opening) {
        return opening.open(MODEL, DATA, task -> ShardWatch.OfTask.NONE);
    }

    private static Classifier function() {
        return new FunctionClassifier(
                "function",
                InputSpec.RAW,
                images -> Arrays.stream(images).map(ShardOpeningTest::logits).toArray(float[][]::new));
    }

    private static float[] logits(float[] image) {
        float[] logits = new float[WEIGHTS.length];
        for (int k = 0; k < logits.length; k++) {
            for (int pixel = 0; pixel < image.length; pixel++) {
                logits[k] += (float) WEIGHTS[k][pixel] * image[pixel];
            }
        }
        return logits;
    }

    static Stream<Plan<DifferentiableClassifier>> plans() {
        return Stream.of(
                Plan.linf(Fgsm.defaults(), .05, .1),
                Plan.whiteBox(Norm.L2, List.of(Attacks.parse("pgd:steps=7"), DeepFool.defaults()), .1, .3)
                        .withSeed(5)
                        .withExamples(100),
                // the second has nothing left to do, but its place counts
                Plan.whiteBox(
                        Norm.LINF,
                        List.of(Fgsm.defaults(), Fgsm.defaults(), Attacks.parseBlackBox("square:queries=20")),
                        .1),
                Plan.linf(Pgd.defaults(), .1).withCriterion(Targeted.next(4)),
                Plan.linf(Pgd.defaults(), .1).withCriterion(new Targeted(List.of(2, 3, 0, 0))));
    }

    @ParameterizedTest
    @MethodSource("plans")
    void aWorkerThatOpensTheEvaluationItselfGivesTheSameReport(Plan<DifferentiableClassifier> plan) {
        RobustnessReport expected = Evaluator.on(new LocalRunner(1)).evaluate(MODEL, DATA, plan);
        RobustnessReport remote = Evaluator.on(new WireRunner(2, Optional.of(ShardOpeningTest::open)))
                .evaluate(MODEL, DATA, plan);
        assertThat(remote).usingRecursiveComparison().ignoringFields("timing").isEqualTo(expected);
    }

    @Test
    void aWorkerOfABlackBoxSeesOnlyLogits() {
        Plan<Classifier> plan = Plan.blackBox(Norm.LINF, List.of(Attacks.parseBlackBox("square:queries=50")), .1);
        Classifier model = function();
        RobustnessReport remote = Evaluator.on(new WireRunner(
                        1, Optional.of(opening -> opening.open(model, DATA, task -> ShardWatch.OfTask.NONE))))
                .evaluate(model, DATA, plan);
        assertThat(remote)
                .usingRecursiveComparison()
                .ignoringFields("timing")
                .isEqualTo(Evaluator.on(new LocalRunner(1)).evaluate(model, DATA, plan));
    }

    private static ShardOpening opening(Access access) {
        return new ShardOpening(
                "this one",
                Plan.linf(Fgsm.defaults(), .1)
                        .request(
                                ModelRef.InProcess.of(MODEL.card()),
                                DataRef.InProcess.of(DATA.origin()),
                                access,
                                Limits.NONE),
                4);
    }

    @Test
    void refusesATaskOfAnotherEvaluation() {
        ShardComputer computer = open(opening(Access.WHITE_BOX));
        ShardTask.Work work = new ShardTask.AskClean(new int[] {0});
        assertThat(computer.compute(new ShardTask("this one", new ShardId(0, 0, 0), work, false))
                        .isFinished())
                .isTrue();
        assertThatThrownBy(() -> computer.compute(new ShardTask("another", new ShardId(0, 0, 0), work, false)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("Task 0000-00-00000 is of the evaluation another, but this one is open.");
    }

    @Test
    void refusesAModelWithoutGradientAndAnAttackThatItDoesNotKnow() {
        Classifier blackBox = function();
        ShardOpening opening = opening(Access.WHITE_BOX);
        assertThatThrownBy(() -> opening.open(blackBox, DATA, task -> ShardWatch.OfTask.NONE))
                .isInstanceOf(GauntletException.class)
                .hasMessage("The model function has no gradient, but the request is for white-box access.");
        assertThatThrownBy(() -> open(opening(Access.BLACK_BOX)))
                .isInstanceOf(GauntletException.class)
                .hasMessageContaining("The attack fgsm requires gradients");
    }
}

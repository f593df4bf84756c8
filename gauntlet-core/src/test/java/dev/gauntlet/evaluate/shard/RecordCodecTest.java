package dev.gauntlet.evaluate.shard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gauntlet.attack.Passes;
import dev.gauntlet.data.ImageShape;
import dev.gauntlet.data.Layout;
import dev.gauntlet.data.NamedDataset;
import dev.gauntlet.diagnose.Diagnostic;
import dev.gauntlet.diagnose.GradientDiagnostics;
import dev.gauntlet.diagnose.WarningSign;
import dev.gauntlet.model.InputSpec;
import dev.gauntlet.model.Logits;
import dev.gauntlet.request.Access;
import dev.gauntlet.request.AttackGoal;
import dev.gauntlet.request.AttackRef;
import dev.gauntlet.request.DataRef;
import dev.gauntlet.request.DecisionGoal;
import dev.gauntlet.request.DiagnosticsBudget;
import dev.gauntlet.request.EvaluationRequest;
import dev.gauntlet.request.Execution;
import dev.gauntlet.request.HttpExchange;
import dev.gauntlet.request.Limits;
import dev.gauntlet.request.ModelRef;
import dev.gauntlet.request.NetworkSpec;
import dev.gauntlet.request.Sampling;
import dev.gauntlet.request.Threat;
import dev.gauntlet.threat.LpBall;
import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class RecordCodecTest {
    private static final float[] PIXELS = {0, Float.MIN_VALUE, .5f, Math.nextDown(1f)};

    static Stream<ShardTask> tasks() {
        Logits logits = new Logits(2, new float[] {1, -2, 3, -0f});
        return Stream.<ShardTask.Work>of(
                        new ShardTask.AskClean(new int[] {1, 2, 3}),
                        new ShardTask.RunAttack(2, new int[] {4, 7}, logits, List.of(new int[] {0, 1}, new int[0])),
                        new ShardTask.ProbeInput(new int[] {5}, new int[] {1}),
                        new ShardTask.ProbeGradient(GradientDiagnostics.Probe.TRANSFER, new int[] {1, 5}, 8 / 255.0, 2),
                        new ShardTask.TryStronger(1, new int[] {3, 8}, .3, 2))
                .map(work -> new ShardTask("größer", new ShardId(1, 2, 3), work, true));
    }

    static Stream<ShardResult> results() {
        return Stream.<ShardResult.Outcome>of(
                        new ShardResult.TimeIsUp(),
                        new ShardResult.CleanAnswers(new Logits(3, new float[] {1, 2, 3})),
                        new ShardResult.Attacked(
                                new ShardResult.Cost(Long.MAX_VALUE, 2, 3),
                                new double[] {0.25, Double.POSITIVE_INFINITY},
                                List.of(new ShardResult.Success(0, 1, 7, 0.9, 0.25, true)),
                                List.of(new GalleryExample(
                                        GalleryExample.Choice.MOST_CHANGED,
                                        .1,
                                        2,
                                        3,
                                        3,
                                        .4,
                                        5,
                                        .6,
                                        .7,
                                        PIXELS,
                                        PIXELS)),
                                List.of(new AdversarialExample(.1, 2, 3, 4, 5, 6, .7, PIXELS, PIXELS))),
                        new ShardResult.Tried(new Passes(7, 5), new boolean[] {true, false}),
                        new ShardResult.Probed(
                                new Passes(3, 0),
                                List.of(Diagnostic.notMeasured(WarningSign.FED_WRONGLY, "There was no time."))))
                .map(outcome -> new ShardResult(new ShardId(0, 0, 9), outcome));
    }

    @ParameterizedTest
    @MethodSource("tasks")
    void aTaskIsTheSameAfterTheJourney(ShardTask task) throws IOException {
        assertThat(ShardTask.of(task.bytes())).usingRecursiveComparison().isEqualTo(task);
    }

    @ParameterizedTest
    @MethodSource("results")
    void aResultIsTheSameAfterTheJourney(ShardResult result) throws IOException {
        assertThat(ShardResult.of(result.bytes())).usingRecursiveComparison().isEqualTo(result);
    }

    static Stream<EvaluationRequest> requests() {
        InputSpec input =
                new InputSpec(255, List.of(.5, .1), List.of(1.0, 2.0), Optional.of(Layout.NHWC), Optional.of("y"));
        Threat threat = new Threat(List.of(LpBall.l2(.1)), new AttackGoal.EachClass(List.of(1, 2, 0)));
        return Stream.of(
                new EvaluationRequest(
                        new ModelRef.File(
                                "größer.pt",
                                Optional.of(new NetworkSpec("mlp", Optional.of(new ImageShape(1, 2, 3)), List.of("w"))),
                                input,
                                Optional.of("abc")),
                        new DataRef.Files(
                                "data",
                                Optional.of("labels"),
                                List.of("a", "b"),
                                Optional.of("last"),
                                Optional.of(Layout.NCHW),
                                Optional.empty(),
                                new DataRef.ImageFiles(OptionalInt.of(5), OptionalInt.empty(), OptionalInt.of(3), true),
                                Map.of("z", "1", "b", "2", "c", "3")),
                        new Sampling(OptionalInt.of(100), Long.MIN_VALUE),
                        threat,
                        List.of(AttackRef.parse("pgd:steps=3,restarts=2"), AttackRef.parse("unknown")),
                        Access.WHITE_BOX,
                        DiagnosticsBudget.AUTOMATIC,
                        new Limits(
                                Optional.of(Duration.ofSeconds(1, 5)),
                                OptionalLong.of(1L << 40),
                                Optional.of(new DecisionGoal(.1, .4))),
                        new Execution(OptionalInt.of(7), OptionalInt.of(2))),
                new EvaluationRequest(
                        new ModelRef.Http(
                                "https://example.org",
                                new HttpExchange(
                                        HttpExchange.DEFAULT.request(),
                                        "/a/0",
                                        List.of(HttpExchange.Header.parse("key: secret")),
                                        Duration.ofMillis(1),
                                        2,
                                        OptionalDouble.of(.5),
                                        OptionalLong.empty(),
                                        4),
                                InputSpec.RAW),
                        new DataRef.Named(Optional.of(NamedDataset.MNIST), Optional.empty(), Map.of()),
                        Sampling.ALL,
                        new Threat(List.of(LpBall.linf(.1)), new AttackGoal.OneClass("dog")),
                        List.of(AttackRef.parse("square")),
                        Access.BLACK_BOX,
                        DiagnosticsBudget.AUTOMATIC,
                        Limits.NONE,
                        Execution.AUTOMATIC),
                new EvaluationRequest(
                        ModelRef.Trained.DEFAULT,
                        new DataRef.InProcess("a", "test", Map.of()),
                        Sampling.ALL,
                        threat,
                        List.of(AttackRef.parse("fgsm")),
                        Access.WHITE_BOX,
                        DiagnosticsBudget.AUTOMATIC,
                        Limits.NONE,
                        Execution.AUTOMATIC));
    }

    @ParameterizedTest
    @MethodSource("requests")
    void anOpeningIsTheSameAfterTheJourney(EvaluationRequest request) throws IOException {
        ShardOpening opening = new ShardOpening("x", request, 3);
        assertThat(ShardOpening.of(opening.bytes())).isEqualTo(opening);
        for (int length = 0; length < opening.bytes().length; length++) {
            byte[] some = Arrays.copyOf(opening.bytes(), length);
            assertThatThrownBy(() -> ShardOpening.of(some)).isInstanceOf(IOException.class);
        }
    }

    @ParameterizedTest
    @MethodSource("results")
    void bytesThatAreMissingOrTooManyAreAnError(ShardResult result) {
        byte[] bytes = result.bytes();
        for (int length = 0; length < bytes.length; length++) {
            byte[] some = Arrays.copyOf(bytes, length);
            assertThatThrownBy(() -> ShardResult.of(some)).isInstanceOf(IOException.class);
        }
        assertThatThrownBy(() -> ShardResult.of(Arrays.copyOf(bytes, bytes.length + 1)))
                .isInstanceOf(IOException.class)
                .hasMessage("1 bytes follow the ShardResult");
    }

    @Test
    void aLengthThatNothingCanHaveTakesNoMemory() {
        byte[] bytes = new ShardTask("x", new ShardId(0, 0, 0), new ShardTask.AskClean(new int[1]), false).bytes();
        // the length of the ids, behind a text of one letter, three numbers and the kind of work
        Arrays.fill(bytes, 5 + 12 + 4, 5 + 12 + 8, (byte) 0x7f);
        assertThatThrownBy(() -> ShardTask.of(bytes))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("parts do not fit into");
    }

    @Test
    void theChecksumOfATaskDoesNotDependOnImages() {
        ShardTask task = new ShardTask("x", new ShardId(0, 0, 0), new ShardTask.AskClean(new int[1]), false);
        assertThat(new ShardTask("x", task.id(), task.work(), true).checksum()).isEqualTo(task.checksum());
        assertThat(new ShardTask("y", task.id(), task.work(), false).checksum()).isNotEqualTo(task.checksum());
    }
}

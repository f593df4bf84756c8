package dev.gauntlet.request;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gauntlet.GauntletException;
import dev.gauntlet.attack.Fgsm;
import dev.gauntlet.attack.Square;
import dev.gauntlet.data.DataOrigin;
import dev.gauntlet.data.ImageShape;
import dev.gauntlet.data.Layout;
import dev.gauntlet.data.NamedDataset;
import dev.gauntlet.model.InputSpec;
import dev.gauntlet.model.ModelCard;
import dev.gauntlet.threat.LpBall;
import java.time.Duration;
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

class EvaluationRequestTest {
    private static final ModelRef.File FILE =
            new ModelRef.File("a.onnx", Optional.empty(), InputSpec.RAW, Optional.of("abc"));

    private static final EvaluationRequest REQUEST = new EvaluationRequest(
            FILE,
            new DataRef.Named(Optional.of(NamedDataset.MNIST), Optional.of("/data"), Map.of("images", "def")),
            new Sampling(OptionalInt.of(100), 7),
            new Threat(List.of(LpBall.linf(.1)), new AttackGoal.AnyError()),
            List.of(AttackRef.of(Fgsm.defaults())),
            Access.WHITE_BOX,
            DiagnosticsBudget.AUTOMATIC,
            Limits.NONE,
            Execution.AUTOMATIC);

    @Test
    void is_written_line_by_line() {
        assertThat(REQUEST.canonicalText()).isEqualTo("""
                        model = File
                        model.path = a.onnx
                        model.input = InputSpec
                        model.input.inputMax = 1
                        model.sha256 = abc
                        data = Named
                        data.dataset = mnist
                        data.folder = /data
                        data.sha256[images] = def
                        sampling = Sampling
                        sampling.examples = 100
                        sampling.seed = 7
                        threat = Threat
                        threat.budgets[0] = LpBall
                        threat.budgets[0].norm = LINF
                        threat.budgets[0].epsilon = 0
                        threat.budgets[1] = LpBall
                        threat.budgets[1].norm = LINF
                        threat.budgets[1].epsilon = 0.1
                        threat.goal = AnyError
                        attacks[0] = fgsm:loss=cross-entropy
                        access = WHITE_BOX
                        diagnostics = DiagnosticsBudget
                        diagnostics.effort = auto
                        diagnostics.tolerance = 0.005
                        limits = Limits
                        execution = Execution
                        """.replace("mnist", "MNIST"));
    }

    @Test
    void nothing_that_leaves_the_result_alone_changes_the_essence() {
        EvaluationRequest other = new EvaluationRequest(
                new ModelRef.File("b.onnx", Optional.empty(), InputSpec.RAW, Optional.of("abc")),
                new DataRef.Named(Optional.of(NamedDataset.MNIST), Optional.empty(), Map.of("images", "def")),
                REQUEST.sampling(),
                REQUEST.threat(),
                REQUEST.attacks(),
                REQUEST.access(),
                new DiagnosticsBudget(DiagnosticsBudget.Effort.FULL, 0.01),
                Limits.NONE.withTime(Duration.ofMinutes(1)).withBackwards(5),
                new Execution(OptionalInt.empty(), OptionalInt.of(3)));

        assertThat(other.essence()).isEqualTo(REQUEST.essence());
        assertThat(other.essence().canonicalText()).isEqualTo(REQUEST.essence().canonicalText());
        assertThat(other).isNotEqualTo(REQUEST);
    }

    static Stream<EvaluationRequest> others() {
        return Stream.of(
                with(new ModelRef.File("a.onnx", Optional.empty(), InputSpec.RAW, Optional.of("abd"))),
                with(new ModelRef.File("a.onnx", Optional.of(NetworkSpec.of("mlp")), InputSpec.RAW, FILE.sha256())),
                with(new ModelRef.File("a.onnx", Optional.empty(), InputSpec.RAW.withInputMax(255), FILE.sha256())),
                with(new ModelRef.InProcess("a.onnx", "a function", Optional.of("abc"))),
                with(new ModelRef.InProcess("b", "a function", Optional.of("abc"))),
                with(new ModelRef.Trained("mlp", 1, 128, 1e-3)),
                with(new ModelRef.Trained("mlp", 1, 128, 1.0000000000000002e-3)),
                with(new ModelRef.Http("http://a", HttpExchange.DEFAULT, InputSpec.RAW)),
                with(DataRef.Named.DEFAULT),
                with(new DataRef.InProcess("mnist", "test", Map.of("images", "def"))),
                with(files(Optional.empty(), "def")),
                with(files(Optional.of(Layout.NHWC), "def")),
                with(files(Optional.empty(), "dee")),
                with(REQUEST.sampling().withSeed(8)),
                with(Sampling.ALL.withSeed(7)),
                with(new Threat(List.of(LpBall.linf(.1), LpBall.linf(.2)), new AttackGoal.AnyError())),
                with(new Threat(List.of(LpBall.l2(.1)), new AttackGoal.AnyError())),
                with(new Threat(List.of(LpBall.linf(.1)), new AttackGoal.NextClass())),
                with(new Threat(List.of(LpBall.linf(.1)), AttackGoal.parse("3"))),
                with(List.of(AttackRef.of(Fgsm.defaults()), AttackRef.of(Square.defaults()))),
                with(List.of(AttackRef.of(Square.defaults()))),
                with(List.of(AttackRef.of(Square.defaults()))).withAccess(Access.BLACK_BOX),
                new EvaluationRequest(
                        FILE,
                        REQUEST.data(),
                        REQUEST.sampling(),
                        REQUEST.threat(),
                        REQUEST.attacks(),
                        Access.WHITE_BOX,
                        DiagnosticsBudget.AUTOMATIC,
                        Limits.NONE,
                        new Execution(OptionalInt.of(1000), OptionalInt.empty())));
    }

    @Test
    void everything_else_changes_the_essence() {
        assertThat(Stream.concat(Stream.of(REQUEST), others())
                        .map(request -> request.essence().canonicalText()))
                .doesNotHaveDuplicates();
    }

    @ParameterizedTest
    @MethodSource("others")
    void equal_requests_are_written_the_same(EvaluationRequest request) {
        assertThat(request.withModel(request.model()).canonicalText()).isEqualTo(request.canonicalText());
        assertThat(request.essence().essence()).isEqualTo(request.essence());
    }

    @Test
    void knows_the_checksums_of_what_was_opened_and_refuses_what_has_changed() {
        ModelCard card = new ModelCard("a", "layers", 1, "5ca1ab1e", Optional.of("a.onnx"), "e", Optional.empty());
        DataOrigin origin = new DataOrigin("digits", "test", "built in", Map.of("digits", "d161"), Optional.empty());

        EvaluationRequest resolved = new EvaluationRequest(
                        new ModelRef.File("a.onnx", Optional.empty(), InputSpec.RAW, Optional.empty()),
                        DataRef.Named.DEFAULT,
                        REQUEST.sampling(),
                        REQUEST.threat(),
                        List.of(AttackRef.parse("fgsm")),
                        Access.WHITE_BOX,
                        DiagnosticsBudget.AUTOMATIC,
                        Limits.NONE,
                        new Execution(OptionalInt.empty(), OptionalInt.of(3)))
                .resolved(card, origin);

        assertThat(resolved.model())
                .isEqualTo(new ModelRef.File("a.onnx", Optional.empty(), InputSpec.RAW, Optional.of("5ca1ab1e")));
        assertThat(resolved.data())
                .isEqualTo(new DataRef.Named(
                        Optional.of(NamedDataset.DIGITS), Optional.empty(), Map.of("digits", "d161")));
        // whatever becomes of the defaults
        assertThat(resolved.attacks()).isEqualTo(List.of(AttackRef.of(Fgsm.defaults())));
        assertThat(resolved.execution()).isEqualTo(Execution.AUTOMATIC);
        resolved.model().requireSame(card);
        resolved.data().requireSame(origin);
        assertThatThrownBy(() -> FILE.requireSame(card))
                .isInstanceOf(GauntletException.class)
                .hasMessage(
                        "The model a.onnx has changed: its weights have the SHA-256 5ca1ab1e, those of the recorded run had abc.");
        assertThatThrownBy(() -> REQUEST.data().requireSame(origin))
                .isInstanceOf(GauntletException.class)
                .hasMessage(
                        "The data digits at built in has changed: the SHA-256 of its files is not that of the recorded run.");
    }

    @Test
    void never_writes_the_value_of_a_header() {
        HttpExchange exchange = new HttpExchange(
                HttpExchange.DEFAULT.request(),
                "",
                List.of(HttpExchange.Header.parse("X-Key: s3cret"), HttpExchange.Header.parse("Y:$TOKEN")),
                Duration.ofSeconds(1),
                0,
                OptionalDouble.of(2),
                OptionalLong.of(10),
                4);
        EvaluationRequest request = with(new ModelRef.Http("http://a/b", exchange, InputSpec.RAW));

        assertThat(request.canonicalText()).contains("X-Key", "Y:$TOKEN").doesNotContain("s3cret");
        assertThat(request.toString()).doesNotContain("s3cret");
        assertThat(exchange.headers().get(0).value(Map.of())).isEqualTo("s3cret");
        assertThat(exchange.headers().get(1).value(Map.of("TOKEN", "t"))).isEqualTo("t");
        assertThatThrownBy(() -> exchange.headers().get(1).value(Map.of()))
                .hasMessage("The header 'Y' names the environment variable TOKEN, which is not set.");
        assertThatThrownBy(() -> HttpExchange.Header.parse("X-Key").value(Map.of()))
                .hasMessage(
                        "The value of the header X-Key is not known: values are not recorded, as they may be secret; give the header again.");
    }

    @Test
    void refuses_what_does_not_fit_together() {
        assertThatThrownBy(() -> with(List.of())).hasMessage("An evaluation needs at least one attack.");
        assertThatThrownBy(() -> REQUEST.withAccess(Access.BLACK_BOX).knownAttacks())
                .hasMessageStartingWith("The attack fgsm requires gradients, which a black box does not provide");
        assertThatThrownBy(() -> with(List.of(AttackRef.parse("mine:x=1"))).knownAttacks())
                .hasMessageStartingWith("Unknown attack 'mine'");
        assertThatThrownBy(() -> new EvaluationRequest(
                                FILE,
                                REQUEST.data(),
                                Sampling.ALL,
                                new Threat(List.of(LpBall.l0(5)), new AttackGoal.AnyError()),
                                List.of(AttackRef.parse("deepfool")),
                                Access.WHITE_BOX,
                                DiagnosticsBudget.AUTOMATIC,
                                Limits.NONE,
                                Execution.AUTOMATIC)
                        .knownAttacks())
                .hasMessageStartingWith("The attack deepfool does not support L0 (supported: L-infinity, L2")
                .hasMessageContaining(" Attacks that do: fmn, salt-and-pepper.");
        assertThatThrownBy(() -> new EvaluationRequest(
                        FILE,
                        REQUEST.data(),
                        Sampling.ALL,
                        REQUEST.threat(),
                        List.of(AttackRef.parse("pgd")),
                        Access.WHITE_BOX,
                        DiagnosticsBudget.AUTOMATIC,
                        Limits.NONE.withQuestion(new DecisionGoal(.3, .5)),
                        Execution.AUTOMATIC))
                .hasMessage("The epsilon 0.3 to decide about is not one of the plan; it has [0.0, 0.1] in L-infinity.");
    }

    private static DataRef files(Optional<Layout> layout, String sum) {
        return new DataRef.Files(
                "x.npz",
                Optional.empty(),
                List.of(),
                Optional.empty(),
                layout,
                Optional.of(new ImageShape(1, 2, 3)),
                DataRef.ImageFiles.AS_THEY_ARE,
                Map.of("images", sum));
    }

    private static EvaluationRequest with(ModelRef model) {
        return REQUEST.withModel(model);
    }

    private static EvaluationRequest with(DataRef data) {
        return request(data, REQUEST.sampling(), REQUEST.threat(), REQUEST.attacks());
    }

    private static EvaluationRequest with(Sampling sampling) {
        return request(REQUEST.data(), sampling, REQUEST.threat(), REQUEST.attacks());
    }

    private static EvaluationRequest with(Threat threat) {
        return request(REQUEST.data(), REQUEST.sampling(), threat, REQUEST.attacks());
    }

    private static EvaluationRequest with(List<AttackRef> attacks) {
        return request(REQUEST.data(), REQUEST.sampling(), REQUEST.threat(), attacks);
    }

    private static EvaluationRequest request(DataRef data, Sampling sampling, Threat threat, List<AttackRef> attacks) {
        return new EvaluationRequest(
                FILE,
                data,
                sampling,
                threat,
                attacks,
                Access.WHITE_BOX,
                DiagnosticsBudget.AUTOMATIC,
                Limits.NONE,
                Execution.AUTOMATIC);
    }
}

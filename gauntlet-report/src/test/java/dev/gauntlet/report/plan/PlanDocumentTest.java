package dev.gauntlet.report.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gauntlet.GauntletException;
import dev.gauntlet.attack.Attack;
import dev.gauntlet.attack.Attacks;
import dev.gauntlet.attack.AutoAttack;
import dev.gauntlet.data.ImageShape;
import dev.gauntlet.data.Layout;
import dev.gauntlet.data.NamedDataset;
import dev.gauntlet.model.Classifier;
import dev.gauntlet.model.InputSpec;
import dev.gauntlet.request.Access;
import dev.gauntlet.request.AttackGoal;
import dev.gauntlet.request.AttackRef;
import dev.gauntlet.request.Certificates;
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
import dev.gauntlet.request.Suite;
import dev.gauntlet.request.Threat;
import dev.gauntlet.threat.LpBall;
import dev.gauntlet.threat.Norm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.dataformat.toml.TomlMapper;

class PlanDocumentTest {
    private static final ModelRef.File FILE =
            new ModelRef.File("a.onnx", Optional.empty(), InputSpec.RAW, Optional.of("abc"));

    private static final EvaluationRequest REQUEST = new EvaluationRequest(
            FILE,
            new DataRef.Named(
                    Optional.of(NamedDataset.FASHION_MNIST),
                    Optional.of("/data"),
                    Map.of("train-images", "1", "a.b \"c\"", "2")),
            new Sampling(OptionalInt.of(100), -7),
            new Threat(List.of(LpBall.linf(8 / 255.0), LpBall.linf(.1)), new AttackGoal.AnyError()),
            List.of(AttackRef.parse("fgsm"), AttackRef.parse("pgd:restarts=5,steps=100")),
            Access.WHITE_BOX,
            DiagnosticsBudget.AUTOMATIC,
            Limits.NONE,
            Execution.AUTOMATIC);

    @TempDir
    Path folder;

    static Stream<EvaluationRequest> requests() {
        HttpExchange exchange = new HttpExchange(
                "{\"x\": {{image}}, \"quote\": \"'\\n\"}",
                "",
                List.of(HttpExchange.Header.parse("X-Key:$KEY")),
                Duration.ofMillis(1500),
                0,
                OptionalDouble.of(2.5),
                OptionalLong.of(1L << 40),
                1);
        InputSpec input = new InputSpec(
                255, List.of(.485, .456, .406), List.of(.229, .224, .225), Optional.of(Layout.NHWC), Optional.of("0"));
        return Stream.of(
                REQUEST,
                REQUEST.withModel(new ModelRef.File(
                        "weights \\ 'old'.pt",
                        Optional.of(new NetworkSpec(
                                "conv 32 k3, relu",
                                Optional.of(new ImageShape(3, 32, 32)),
                                List.of("features.0", "features.1"))),
                        input,
                        Optional.empty())),
                REQUEST.withModel(new ModelRef.Http(
                        "https://models/m",
                        exchange,
                        InputSpec.RAW.withInputMax(255).withLayout(Layout.NHWC))),
                REQUEST.withModel(new ModelRef.Http("http://models/m", HttpExchange.DEFAULT, InputSpec.RAW)),
                REQUEST.withModel(new ModelRef.Trained("lenet", 3, 64, 1e-4)),
                REQUEST.withModel(new ModelRef.InProcess("f", "a function", Optional.empty())),
                REQUEST.withModel(new ModelRef.InProcess("f", "2 layers", Optional.of("5ca1ab1e"))),
                with(DataRef.Named.DEFAULT),
                with(new DataRef.InProcess("own", "validation", Map.of())),
                with(new DataRef.Files(
                        "x.npy",
                        Optional.of("y.npy"),
                        List.of("cat=1", "dog"),
                        Optional.empty(),
                        Optional.of(Layout.NCHW),
                        Optional.of(new ImageShape(1, 2, 3)),
                        DataRef.ImageFiles.AS_THEY_ARE,
                        Map.of("x.npy", "1"))),
                with(new DataRef.Files(
                        "photos",
                        Optional.empty(),
                        List.of(),
                        Optional.of("last"),
                        Optional.empty(),
                        Optional.empty(),
                        new DataRef.ImageFiles(OptionalInt.of(256), OptionalInt.of(224), OptionalInt.of(3), true),
                        Map.of())),
                with(new Threat(List.of(LpBall.l0(3)), AttackGoal.parse("next"))),
                with(new Threat(List.of(LpBall.l1(1e-300)), AttackGoal.parse("3,1,2"))),
                with(new Threat(List.of(LpBall.l2(1.0 / 3)), AttackGoal.parse("cat"))),
                REQUEST.withLimits(new Limits(
                        Optional.of(Duration.ofMillis(90_001)),
                        OptionalLong.of(1L << 40),
                        Optional.of(new DecisionGoal(8 / 255.0, .4)))),
                REQUEST.withLimits(Limits.NONE.withTime(Duration.ofHours(3))),
                REQUEST.withAccess(Access.BLACK_BOX),
                REQUEST.withCertificates(new Certificates(Certificates.Moment.FIRST, "crown")),
                REQUEST.withCertificates(new Certificates(Certificates.Moment.AFTER, "of-a-stranger:depth=3")),
                REQUEST.withDiagnostics(DiagnosticsBudget.AUTOMATIC.withEffort(DiagnosticsBudget.Effort.OFF)),
                REQUEST.withDiagnostics(new DiagnosticsBudget(DiagnosticsBudget.Effort.FULL, .0125)),
                new EvaluationRequest(
                        FILE,
                        DataRef.Named.DEFAULT,
                        Sampling.ALL,
                        REQUEST.threat(),
                        List.of(AttackRef.parse("of-a-stranger:depth=3")),
                        Access.WHITE_BOX,
                        DiagnosticsBudget.AUTOMATIC,
                        Limits.NONE,
                        new Execution(OptionalInt.of(3), OptionalInt.of(2))));
    }

    @ParameterizedTest
    @MethodSource("requests")
    void aRequestIsReadAsItWasWritten(EvaluationRequest request) throws IOException {
        assertThat(PlanBinding.read(PlanBinding.tree(PlanDocument.of(request))).request())
                .isEqualTo(request);
        assertThat(PlanBinding.read(new TomlMapper().readTree(PlanFile.toml(request)))
                        .request())
                .isEqualTo(request);
    }

    @Test
    void theValueOfAHeaderIsNotWritten() {
        EvaluationRequest request = REQUEST.withModel(new ModelRef.Http(
                "http://m",
                new HttpExchange(
                        HttpExchange.DEFAULT.request(),
                        "/a",
                        List.of(HttpExchange.Header.parse("Authorization: Bearer s3cret")),
                        Duration.ofSeconds(1),
                        1,
                        OptionalDouble.empty(),
                        OptionalLong.empty(),
                        2),
                InputSpec.RAW));

        assertThat(PlanFile.toml(request)).contains("'Authorization'").doesNotContain("s3cret");
    }

    @Test
    void whatIsNotSaidHasItsDefault() throws IOException {
        assertThat(read("[model]\nfile = 'm.onnx'").request())
                .isEqualTo(new EvaluationRequest(
                        new ModelRef.File("m.onnx", Optional.empty(), InputSpec.RAW, Optional.empty()),
                        DataRef.Named.DEFAULT,
                        Sampling.ALL,
                        new Threat(
                                Stream.of(.05, .1, .15, .2, .25, .3)
                                        .map(LpBall::linf)
                                        .toList(),
                                new AttackGoal.AnyError()),
                        List.of(AttackRef.parse("fgsm")),
                        Access.WHITE_BOX,
                        DiagnosticsBudget.AUTOMATIC,
                        Limits.NONE,
                        Execution.AUTOMATIC));
        assertThat(read("[model]\nfile = 'm'\n[threat]\nnorm = 'L1'")
                        .request()
                        .threat()
                        .budgets())
                .containsExactlyElementsOf(
                        Stream.of(0, 5, 10, 15, 20, 25, 30).map(LpBall::l1).toList());
        assertThat(read("[training]\nepochs = 1").request().model())
                .isEqualTo(new ModelRef.Trained("mlp", 1, 128, .001));
        assertThatThrownBy(() -> read("[sample]\nseed = 1").request())
                .isInstanceOf(GauntletException.class)
                .hasMessage("No model is named; name its file or its address.");
    }

    @Test
    void aSuiteSaysTheAttacksAndHowManyExamples() throws IOException {
        for (Suite suite : Suite.values()) {
            String plan = "[model]\nfile = 'm'\n[threat]\nnorm = 'l2'\n[attack]\nsuite = '%s'\n".formatted(suite.id());

            assertThat(read(plan).request().knownAttacks()).isEqualTo(suite.attacks(Norm.L2));
            assertThat(read(plan).request().sampling().examples()).isEqualTo(suite.examples());
            assertThat(read(plan + "[sample]\nexamples = 7")
                            .request()
                            .sampling()
                            .examples())
                    .hasValue(7);
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            suite = 'quick' ; list = ['pgd'] | Both a suite and attacks are named
            suite = 'quick' ; black-box = true | The suite quick has attacks that need gradients
            suite = 'quick' ; [threat] ; target = 'next' | The suite quick has attacks without a targeted variant
            list = ['pgd'] ; [data] ; labels = 'y.npy' | This is for your own data, but none is named
            list = ['pgd'] ; [data] ; path = 'x' ; name = 'mnist' | exclude each other
            list = ['pgd'] ; [training] ; epochs = 3 | Both a model and the training of a network are described
            list = ['pgd'] ; [limit] ; decide = '0.7=0.5' | The epsilon 0.7 to decide about is not one of the plan
            """)
    void refusesWhatContradictsItself(String plan, String message) {
        assertThatThrownBy(() -> read("[model]\nfile = 'm'\n[attack]\n" + plan.replace(" ; ", "\n"))
                        .request())
                .isInstanceOf(GauntletException.class)
                .hasMessageContaining(message);
    }

    @Test
    void readsAutoAttackAsItsFourAttacks() throws IOException {
        EvaluationRequest request =
                read("[model]\nfile = 'm'\n[threat]\nnorm = 'l1'\n[attack]\nlist = ['fgsm', 'autoattack', 'fgsm']")
                        .request();

        assertThat(request.knownAttacks())
                .isEqualTo(Stream.concat(Stream.of(Attacks.parse("fgsm")), AutoAttack.standard(Norm.L1).stream())
                        .toList());
    }

    @Test
    void aBlackBoxGetsEveryAttackThatNeedsOnlyLogitsAndNoOther() throws IOException {
        List<String> logitsOnly = Attacks.blackBox().stream().map(Attack::name).toList();
        for (Attack<?> attack : Attacks.all()) {
            Norm norm = attack.norms().stream().sorted().findFirst().orElseThrow();
            EvaluationRequest request =
                    read("[model]\nfile = 'm'\n[threat]\nnorm = '%s'\n[attack]\nlist = ['%s']\nblack-box = true"
                                    .formatted(norm.id(), attack.name()))
                            .request();

            if (logitsOnly.contains(attack.name())) {
                List<Attack<?>> known = request.knownAttacks();
                assertThat(known).isEqualTo(List.of(attack));
                assertThat(Access.BLACK_BOX.allows(known.get(0))).isTrue();
                assertThat(Classifier.class).isAssignableFrom(attack.modelType());
            } else {
                assertThatThrownBy(request::knownAttacks)
                        .isInstanceOf(GauntletException.class)
                        .hasMessage(
                                "The attack %s requires gradients, which a black box does not provide; these attacks need only logits: %s."
                                        .formatted(attack.name(), String.join(", ", logitsOnly)));
            }
        }
    }

    @Test
    void twoPlansSayTogetherWhatEitherSays() throws IOException {
        PlanDocument first =
                read("[model]\nfile = 'a'\nmean = [0.5]\n[sample]\nseed = 3\nexamples = 5\n[gate]\nforbid = 'suspect'");
        PlanDocument second = read("[sample]\nseed = 4\n[model]\nlogits = 'out'");

        PlanDocument both = first.and(second);

        assertThat(both.keys())
                .containsExactly(
                        "model.file", "model.mean", "model.logits", "sample.examples", "sample.seed", "gate.forbid");
        assertThat(both.request().sampling()).isEqualTo(new Sampling(OptionalInt.of(5), 4));
        assertThat(both.withModel("b").request().model())
                .isEqualTo(new ModelRef.File(
                        "b",
                        Optional.empty(),
                        new InputSpec(1, List.of(.5), List.of(), Optional.empty(), Optional.of("out")),
                        Optional.empty()));
    }

    private PlanDocument read(String toml) throws IOException {
        return PlanFile.read(Files.writeString(folder.resolve("plan.toml"), toml));
    }

    private static EvaluationRequest with(DataRef data) {
        return new EvaluationRequest(
                FILE,
                data,
                REQUEST.sampling(),
                REQUEST.threat(),
                REQUEST.attacks(),
                Access.WHITE_BOX,
                DiagnosticsBudget.AUTOMATIC,
                Limits.NONE,
                Execution.AUTOMATIC);
    }

    private static EvaluationRequest with(Threat threat) {
        return new EvaluationRequest(
                FILE,
                REQUEST.data(),
                REQUEST.sampling(),
                threat,
                REQUEST.attacks(),
                Access.WHITE_BOX,
                DiagnosticsBudget.AUTOMATIC,
                Limits.NONE,
                Execution.AUTOMATIC);
    }
}

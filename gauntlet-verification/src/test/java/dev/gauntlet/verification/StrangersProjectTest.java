package dev.gauntlet.verification;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gauntlet.cli.Gauntlet;
import dev.gauntlet.verification.PublishedArtifacts.Build;
import java.io.File;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.w3c.dom.Element;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A project outside this build adds an attack, an engine and a data format with published artifacts alone, proves them with
 * the test kit, and the command line finds them on its class path.
 */
class StrangersProjectTest {
    private static final Path SOURCE = Path.of("src/test/strangers-project").toAbsolutePath();
    private static final int PATIENCE_SECONDS = 120;

    /** Each contract has at least as many tests. */
    private static final int FEWEST_TESTS = 9;

    @TempDir
    static Path folder;

    private static Path project;
    private static Build built;

    @BeforeAll
    static void build() throws Exception {
        PublishedArtifacts artifacts = PublishedArtifacts.of(folder, "gauntlet-core", "gauntlet-testkit");
        project = folder.resolve("a stranger's project");
        copy(SOURCE, project);
        built = artifacts.build(project, "package");
        assertThat(built.code()).as(built.log()).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"SimBaTest", "LinearModelTest", "DotImagesTest"})
    void itsContractTestsRunAndPass(String test) throws Exception {
        Element suite = DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(project.resolve("target/surefire-reports/TEST-com.example.%s.xml".formatted(test))
                        .toFile())
                .getDocumentElement();

        int skipped = count(suite, "skipped");
        assertThat(count(suite, "tests") - skipped).isGreaterThanOrEqualTo(FEWEST_TESTS);
        // the contract of engines skips the test of models that return only classes
        assertThat(skipped).isLessThanOrEqualTo(1);
        assertThat(count(suite, "failures") + count(suite, "errors")).isZero();
    }

    @Test
    void theCommandLineRunsItsAttackOnItsModelAndItsDataAndRepeatsTheRun() throws Exception {
        Path run = folder.resolve("run");
        Path repeated = folder.resolve("repeated");

        Finished evaluated = withProject(
                "evaluate",
                "samples/strokes.linear",
                "--data",
                "samples/strokes.dots",
                "--attack",
                "simba:steps=200",
                "--epsilon",
                "0.2,0.5",
                "--out",
                run.toString());

        assertThat(evaluated.code).as(evaluated.err).isZero();
        assertThat(evaluated.out).contains("SimBA in L-infinity on 24 test images of strokes");
        assertThat(run.resolve("index.html")).content().contains("SimBA");
        JsonNode report = report(run);
        assertThat(report.at("/attacks/0/name").asString()).isEqualTo("simba");
        assertThat(report.at("/attacks/0/options/steps").asString()).isEqualTo("200");
        assertThat(report.at("/attacks/0/options/step-size").asString()).isEqualTo("0.2");
        assertThat(report.at("/model/name").asString()).isEqualTo("strokes.linear");
        assertThat(report.at("/model/engine").asString()).isEqualTo("com.example linear 1.0");
        assertThat(report.at("/data/name").asString()).isEqualTo("strokes");
        assertThat(report.at("/data/sha256/strokes.dots").asString()).hasSize(64);
        assertThat(report.at("/results/0/accuracy/rate").asDouble()).isEqualTo(1);
        assertThat(report.at("/results/2/accuracy/rate").asDouble()).isZero();

        Finished again = withProject("evaluate", "--plan", run.toString(), "--out", repeated.toString());

        assertThat(again.code).as(again.err).isZero();
        assertThat(report(repeated).get("request")).isEqualTo(report.get("request"));
        assertThat(report(repeated).get("outcomes")).isEqualTo(report.get("outcomes"));

        // the record is readable without the project, but not repeatable
        assertThat(withoutProject(
                                "report",
                                run.toString(),
                                "--out",
                                folder.resolve("pages").toString())
                        .code)
                .isZero();
        Finished refused = withoutProject("evaluate", "--plan", run.toString(), "--out", repeated.toString());
        assertThat(refused.code).isEqualTo(2);
        assertThat(refused.err.lines()).singleElement().asString().contains("Unknown attack 'simba'");
    }

    @Test
    void theCommandLineExplainsItsAttack() throws Exception {
        Finished explained = withProject("attacks", "simba");

        assertThat(explained.code).as(explained.err).isZero();
        assertThat(explained.out)
                .contains("simba: SimBA, simple black-box attack")
                .containsPattern("Norms +linf, l2")
                .containsPattern("Needs +logits")
                .contains("steps=1000")
                .contains("The largest number of pixels tried: a whole number, at least 1");
    }

    @Test
    void withoutTheProjectTheCommandIsRefusedInOneLine() {
        String model = project.resolve("samples/strokes.linear").toString();
        String data = project.resolve("samples/strokes.dots").toString();

        assertRefused("Unknown attack 'simba'", "evaluate", model, "--data", data, "--attack", "simba:steps=200");
        assertRefused("strokes.linear is not a supported model", "evaluate", model, "--data", data, "-e", "0.1");
        assertRefused("Unknown attack 'simba'", "attacks", "simba");
    }

    @Test
    void anAttackThatExplainsNothingIsShownWithoutGaps() throws Exception {
        Path small = registered("small", "Plain");
        Snippet.compile(Files.writeString(small.resolve("Plain.java"), """
                import dev.gauntlet.attack.FixedBudgetAttack;
                import dev.gauntlet.attack.kit.Findings;
                import dev.gauntlet.attack.kit.Problem;
                import dev.gauntlet.model.Classifier;
                import dev.gauntlet.threat.Norm;
                import java.util.Set;

                public record Plain(int steps) implements FixedBudgetAttack<Classifier> {
                    public Plain() {
                        this(3);
                    }

                    @Override
                    public String name() {
                        return "a-rather-long-name";
                    }

                    @Override
                    public Set<Norm> norms() {
                        return Set.of(Norm.L2);
                    }

                    @Override
                    public void search(Classifier model, Problem problem, double epsilon, Findings findings) {}
                }
                """));

        Finished explained = run(small, "attacks", "a-rather-long-name");

        assertThat(explained.code).as(explained.err).isZero();
        assertThat(explained.out.lines())
                .contains(
                        "a-rather-long-name: a-rather-long-name",
                        "Options         steps=3",
                        "                  a whole number");
    }

    @Test
    void aRegisteredAttackThatDoesNotExistIsNamedInOneLine() throws Exception {
        Finished refused = run(registered("broken", "com.example.Missing"), "attacks");

        assertThat(refused.code).isEqualTo(2);
        assertThat(refused.err.lines())
                .singleElement()
                .asString()
                .contains("An attack on the class path cannot be loaded")
                .contains("com.example.Missing not found (registered in file:")
                .contains("broken/META-INF/services/dev.gauntlet.attack.Attack)");
    }

    /** Creates a folder for the class path that registers an attack. */
    private static Path registered(String name, String attack) throws IOException {
        Path root = folder.resolve(name);
        Path services = Files.createDirectories(root.resolve("META-INF/services"));
        Files.writeString(services.resolve("dev.gauntlet.attack.Attack"), attack);
        return root;
    }

    private static void assertRefused(String reason, String... arguments) {
        Finished refused = withoutProject(arguments);
        assertThat(refused.code).as(refused.err).isEqualTo(2);
        assertThat(refused.err.lines()).singleElement().asString().contains(reason);
        assertThat(refused.out).isEmpty();
    }

    private static Finished withProject(String... arguments) throws IOException, InterruptedException {
        return run(project.resolve("target/gauntlet-extras-1.0.jar"), arguments);
    }

    /** Runs a command in a new process, as the registered attacks are loaded once per process. */
    private static Finished run(Path extras, String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-cp",
                extras + File.pathSeparator + System.getProperty("java.class.path"),
                Gauntlet.class.getName()));
        command.addAll(List.of(arguments));
        Path out = folder.resolve("out.txt");
        Path err = folder.resolve("err.txt");
        Process process = new ProcessBuilder(command)
                .directory(project.toFile())
                .redirectOutput(out.toFile())
                .redirectError(err.toFile())
                .start();
        try {
            assertThat(process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS))
                    .as("%s ends: %s", command, Files.readString(err))
                    .isTrue();
        } finally {
            process.destroyForcibly();
        }
        return new Finished(process.exitValue(), Files.readString(out), Files.readString(err));
    }

    /** Runs a command in this process, whose class path does not contain the project. */
    private static Finished withoutProject(String... arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int code = Gauntlet.run(Map.of(), new PrintWriter(out, true), new PrintWriter(err, true), arguments);
        return new Finished(code, out.toString(), err.toString());
    }

    private static JsonNode report(Path run) {
        return JsonMapper.shared().readTree(run.resolve("report.json").toFile());
    }

    private static int count(Element suite, String attribute) {
        return Integer.parseInt(suite.getAttribute(attribute));
    }

    private static void copy(Path source, Path target) throws IOException {
        try (Stream<Path> files = Files.walk(source)) {
            for (Path file : files.toList()) {
                Path relative = source.relativize(file);
                // what its owner has built in place
                if (!relative.startsWith("target")) {
                    Files.copy(file, target.resolve(relative.toString()));
                }
            }
        }
    }

    private record Finished(int code, String out, String err) {}
}

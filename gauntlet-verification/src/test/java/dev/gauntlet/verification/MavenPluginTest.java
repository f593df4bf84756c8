package dev.gauntlet.verification;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gauntlet.cli.Gauntlet;
import dev.gauntlet.report.ReportJson;
import dev.gauntlet.verification.PublishedArtifacts.Build;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The Maven plugin in a project of a user: a Maven of its own, offline, with a repository that is thrown away. */
class MavenPluginTest {
    private static final String EVALUATE = """
            <execution>
              <id>evaluate</id>
              <goals><goal>evaluate</goal></goals>
              <configuration>
                <model>model.safetensors</model>
                <dataset>digits</dataset>
                <attacks><attack>fgsm</attack></attacks>
                <epsilons><epsilon>0.01</epsilon><epsilon>8/255</epsilon></epsilons>
                <examples>400</examples>
                <arguments><argument>--offline</argument></arguments>
              </configuration>
            </execution>
            """;

    private static final String TOO_MUCH = check("<at>linf:0</at><minimum>1</minimum>", "");

    @TempDir
    static Path folder;

    private static PublishedArtifacts artifacts;
    private static Path project;

    /** The build that evaluates. */
    private static Build evaluated;

    /** The builds that judge its report, all of them in one Maven. */
    private static Map<String, Build> judged;

    @BeforeAll
    static void build() throws Exception {
        artifacts = PublishedArtifacts.of(folder, "gauntlet-maven-plugin");
        project = Files.createDirectories(folder.resolve("a user's project"));
        train();
        evaluated = build(project, plugin(EVALUATE + """
                <execution>
                  <id>check</id>
                  <goals><goal>check</goal><goal>report</goal></goals>
                  <configuration>
                    <requirements>
                      <requirement><dataset>digits</dataset><at>linf:0</at><minimum>0.5</minimum></requirement>
                      <requirement><at>linf:0.01</at><minimum>0.1</minimum><perClassMinimum>0</perClassMinimum></requirement>
                    </requirements>
                    <junitDirectory>${project.build.directory}/tests</junitDirectory>
                    <markdown>${project.build.directory}/gauntlet.md</markdown>
                  </configuration>
                </execution>
                """), "verify");
        assertThat(evaluated.code()).as(evaluated.log()).isZero();
        judged = together(modules());
    }

    private static Map<String, Module> modules() throws IOException {
        double cleanAccuracy = ReportJson.read(project.resolve("target/gauntlet/report.json"))
                .results()
                .get(0)
                .accuracy()
                .rate();
        String justMet = "<at>linf:0</at><minimum>%s</minimum>".formatted(cleanAccuracy);
        Path plan = Files.writeString(project.resolve("robustness.toml"), """
                [gate]
                dataset = "digits"
                at = ["linf:0", "linf:8/255"]
                min-robust-accuracy = [0.5, 0]
                """);
        String gate = """
                <execution>
                  <id>gate</id>
                  %s
                  <goals><goal>check</goal><goal>report</goal></goals>
                  <configuration>
                    <requirements><requirement><at>linf:0</at><minimum>1</minimum></requirement></requirements>
                    <markdown>${project.build.directory}/failed.md</markdown>
                  </configuration>
                </execution>
                """;
        return Map.ofEntries(
                Map.entry("failed", new Module(TOO_MUCH)),
                Map.entry("told-only", new Module(TOO_MUCH, "<gauntlet.haltOnFailure>false</gauntlet.haltOnFailure>")),
                Map.entry("skipped", new Module(TOO_MUCH, "<gauntlet.skip>true</gauntlet.skip>")),
                Map.entry("in-its-phase", new Module(gate.formatted(""))),
                Map.entry("in-one-phase", new Module(gate.formatted("<phase>verify</phase>"))),
                Map.entry("inconclusive", new Module(check(justMet, ""))),
                Map.entry("allowed", new Module(check(justMet, "<failOnInconclusive>false</failOnInconclusive>"))),
                Map.entry("planned", new Module(check("", "<plan>%s</plan>".formatted(plan)))),
                Map.entry(
                        "wrong-data",
                        new Module(check("<dataset>mnist</dataset><at>linf:0</at><minimum>0.1</minimum>", ""))),
                Map.entry("nothing", new Module(check("", ""))),
                Map.entry("no-model", new Module(EVALUATE.replace("model.safetensors", "nothing.safetensors"))));
    }

    @Test
    void theGateOfABuild() {
        assertThat(evaluated.log())
                .contains("epsilon   accuracy")
                .containsPattern("PASS +robust accuracy at linf:0 is at least 50.00 %")
                .contains("Verdict: PASS");
        Path target = project.resolve("target");
        assertThat(target.resolve("gauntlet/report.json")).exists();
        assertThat(target.resolve("gauntlet.html")).content().contains("<!DOCTYPE html>");
        assertThat(target.resolve("gauntlet.md")).exists();
        assertThat(target.resolve("tests/TEST-gauntlet-1.xml")).exists();
        assertThat(target.resolve("tests/TEST-gauntlet-2.xml"))
                .content()
                .contains("robust accuracy at linf:0.01 is at least 10.00 %");
        assertThat(failed("failed"))
                .containsPattern("FAIL +robust accuracy at linf:0 is at least 100.00 %")
                .contains("The model is not robust enough; see ")
                .doesNotContain("Exception in thread");
        assertThat(passed("told-only")).contains("The build continues, because haltOnFailure is false.");
        assertThat(passed("skipped"))
                .contains("Gauntlet is skipped (gauntlet.skip).")
                .doesNotContain("Verdict");
    }

    /** The plugin as the documentation prints it. */
    @Test
    void thePomOfTheDocumentationRuns() throws Exception {
        Path documented = folder.resolve("documented");
        Path model = documented.resolve("src/main/models/digits.safetensors");
        Files.createDirectories(model.getParent());
        Files.copy(project.resolve("model.safetensors"), model);

        Build built = build(
                documented,
                Markdown.block("docs/gate.md", "xml", "<artifactId>gauntlet-maven-plugin</artifactId>"),
                "verify");

        assertThat(built.code()).as(built.log()).isZero();
        assertThat(built.log())
                .containsSubsequence(":evaluate (default)", ":report (default)", ":check (default)", "Verdict: PASS");
        assertThat(documented.resolve("target/gauntlet.html")).exists();
    }

    /** Whatever the order of the goals, and in whatever phase: who has to look for the reason finds the page. */
    @Test
    void thePageIsWrittenBeforeTheGateFails() {
        for (String name : List.of("in-its-phase", "in-one-phase", "failed")) {
            assertThat(failed(name)).contains("The model is not robust enough; see ");
            assertThat(project.resolve(name).resolve("target/gauntlet.html")).exists();
        }
        assertThat(project.resolve("in-its-phase/target/failed.md")).exists();
        assertThat(project.resolve("in-one-phase/target/failed.md")).exists();
    }

    @Test
    void anInconclusiveVerdictAndThresholdsInAPlan() {
        assertThat(failed("inconclusive")).contains("inconclusive, and failOnInconclusive is true");
        assertThat(passed("allowed")).contains("Verdict: INCONCLUSIVE");
        assertThat(passed("planned"))
                .containsPattern("PASS +robust accuracy at linf:0.03137 is at least 0.00 %")
                .contains("Verdict: PASS");
    }

    @Test
    void aMistakeIsSaidInOneLine() {
        assertThat(failed("wrong-data")).contains("is on the data set digits and not on mnist; check the one that is.");
        assertThat(failed("nothing"))
                .contains("There are no requirements; set <requirements>, <forbid>, <maxOverstatement> or a <plan>");
        assertThat(failed("no-model"))
                .containsPattern("The model file .*nothing.safetensors does not exist; check the path.");
    }

    private static String check(String requirement, String more) {
        String requirements = requirement.isEmpty()
                ? ""
                : "<requirements><requirement>%s</requirement></requirements>".formatted(requirement);
        return """
                <execution>
                  <id>check</id>
                  <goals><goal>check</goal></goals>
                  <configuration>%s%s</configuration>
                </execution>
                """.formatted(requirements, more);
    }

    /**
     * A project that judges the report of the main project.
     *
     * @param executions what the plugin does
     * @param property an element with a property of the project; may be empty
     */
    private record Module(String executions, String property) {
        Module(String executions) {
            this(executions, "");
        }
    }

    /** Builds several projects in one Maven, which continues after a failure; to start Maven takes longer than to judge. */
    private static Map<String, Build> together(Map<String, Module> modules) throws IOException, InterruptedException {
        for (Map.Entry<String, Module> module : modules.entrySet()) {
            Path place = Files.createDirectories(project.resolve(module.getKey()));
            Files.writeString(
                    place.resolve("pom.xml"),
                    pom(
                            module.getKey(),
                            "<properties>%s</properties>"
                                    .formatted(module.getValue().property()),
                            plugin(module.getValue().executions())));
        }
        String names = modules.keySet().stream()
                .sorted()
                .map("<module>%s</module>"::formatted)
                .collect(Collectors.joining());
        Files.writeString(project.resolve("pom.xml"), pom("all", "<modules>%s</modules>".formatted(names), ""));
        String log = artifacts
                .build(
                        project,
                        "verify",
                        "--fail-at-end",
                        "-Dgauntlet.report=" + project.resolve("target/gauntlet/report.json"))
                .log();
        return modules.keySet().stream().collect(Collectors.toMap(name -> name, name -> of(name, log)));
    }

    /** Takes the build of one project out of a log. */
    private static Build of(String name, String log) {
        Matcher summary = Pattern.compile("(?m)^\\[INFO\\] %s \\.+ (SUCCESS|FAILURE) ".formatted(name))
                .matcher(log);
        assertThat(summary.find()).as(log).isTrue();
        String beforeSummary = log.substring(0, log.indexOf("Reactor Summary"));
        String own = Pattern.compile("(?m)^(?=\\[INFO\\] -+< )")
                .splitAsStream(beforeSummary)
                .filter(part -> part.contains("< com.example:%s >".formatted(name)))
                .collect(Collectors.joining());
        String errors = log.lines()
                .filter(line -> line.contains(" on project %s: ".formatted(name)))
                .collect(Collectors.joining("\n"));
        return new Build(summary.group(1).equals("SUCCESS") ? 0 : 1, own + errors);
    }

    private static String passed(String name) {
        return withCode(0, name);
    }

    private static String failed(String name) {
        return withCode(1, name);
    }

    private static String withCode(int code, String name) {
        Build build = Objects.requireNonNull(judged.get(name));
        assertThat(build.code()).as(build.log()).isEqualTo(code);
        return build.log();
    }

    private static Build build(Path place, String plugin, String... arguments)
            throws IOException, InterruptedException {
        Files.writeString(place.resolve("pom.xml"), pom("user", "", plugin));
        return artifacts.build(place, arguments);
    }

    private static String plugin(String executions) {
        return """
                <plugin>
                  <groupId>dev.gauntlet</groupId>
                  <artifactId>gauntlet-maven-plugin</artifactId>
                  <version>%s</version>
                  <executions>
                    %s
                  </executions>
                </plugin>
                """.formatted(PublishedArtifacts.VERSION, executions);
    }

    private static String pom(String name, String elements, String plugin) {
        return """
                <project xmlns="http://maven.apache.org/POM/4.0.0">
                  <modelVersion>4.0.0</modelVersion>
                  <groupId>com.example</groupId>
                  <artifactId>%s</artifactId>
                  <version>1</version>
                  <packaging>pom</packaging>
                  %s
                  <build>
                    <plugins>
                      %s
                    </plugins>
                  </build>
                </project>
                """.formatted(name, elements, plugin);
    }

    private static void train() {
        StringWriter err = new StringWriter();
        String[] arguments = Stream.of(
                        "train --network mlp:784-16-10 --epochs 1 --dataset digits --offline --quiet --out".split(" "),
                        new String[] {project.resolve("model.safetensors").toString()})
                .flatMap(Arrays::stream)
                .toArray(String[]::new);
        assertThat(Gauntlet.run(Map.of(), new PrintWriter(new StringWriter()), new PrintWriter(err), arguments))
                .as(err.toString())
                .isZero();
    }
}

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
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
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

    @TempDir
    static Path folder;

    private static PublishedArtifacts artifacts;
    private static Path project;

    @BeforeAll
    static void prepare() throws Exception {
        artifacts = PublishedArtifacts.of(folder, "gauntlet-maven-plugin");
        project = Files.createDirectories(folder.resolve("a user's project"));
        train();
    }

    @Test
    void theGateOfABuild() throws Exception {
        Build passed = build(EVALUATE + """
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
                        """, "verify");

        assertThat(passed.code()).as(passed.log()).isZero();
        assertThat(passed.log())
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

        // the report is there now, so the goals that judge it are tried without evaluating again
        Build failed = build(check("<at>linf:0</at><minimum>1</minimum>", ""), "verify");
        assertThat(failed.code()).as(failed.log()).isEqualTo(1);
        assertThat(failed.log())
                .containsPattern("FAIL +robust accuracy at linf:0 is at least 100.00 %")
                .contains("The model is not robust enough; see ")
                .doesNotContain("Exception in thread");

        Build toldOnly =
                build(check("<at>linf:0</at><minimum>1</minimum>", ""), "verify", "-Dgauntlet.haltOnFailure=false");
        assertThat(toldOnly.code()).as(toldOnly.log()).isZero();
        assertThat(toldOnly.log()).contains("The build continues, because haltOnFailure is false.");

        Build skipped = build(check("<at>linf:0</at><minimum>1</minimum>", ""), "verify", "-Dgauntlet.skip");
        assertThat(skipped.code()).as(skipped.log()).isZero();
        assertThat(skipped.log())
                .contains("Gauntlet is skipped (gauntlet.skip).")
                .doesNotContain("Verdict");
    }

    /** The plugin as the documentation prints it. */
    @Test
    void thePomOfTheDocumentationRuns() throws Exception {
        Path model = project.resolve("src/main/models/digits.safetensors");
        Files.createDirectories(model.getParent());
        Files.copy(project.resolve("model.safetensors"), model, StandardCopyOption.REPLACE_EXISTING);
        deleteTarget();

        Build built = buildWith(
                Markdown.block("docs/gate.md", "xml", "<artifactId>gauntlet-maven-plugin</artifactId>"), "verify");

        assertThat(built.code()).as(built.log()).isZero();
        assertThat(built.log())
                .containsSubsequence(":evaluate (default)", ":report (default)", ":check (default)", "Verdict: PASS");
        assertThat(project.resolve("target/gauntlet.html")).exists();
    }

    /** Whatever the order of the goals, and in whatever phase: who has to look for the reason finds the page. */
    @Test
    void thePageIsWrittenBeforeTheGateFails() throws Exception {
        evaluated();
        Path page = project.resolve("target/gauntlet.html");
        for (String phase : List.of("", "<phase>verify</phase>")) {
            Files.deleteIfExists(page);
            Build failed = build("""
                    <execution>
                      <id>gate</id>
                      %s
                      <goals><goal>check</goal><goal>report</goal></goals>
                      <configuration>
                        <requirements><requirement><at>linf:0</at><minimum>1</minimum></requirement></requirements>
                        <markdown>${project.build.directory}/failed%d.md</markdown>
                      </configuration>
                    </execution>
                    """.formatted(phase, phase.length()), "verify");
            assertThat(failed.code()).as(failed.log()).isEqualTo(1);
            assertThat(failed.log()).contains("The model is not robust enough; see ");
            assertThat(page).exists();
            assertThat(project.resolve("target/failed%d.md".formatted(phase.length())))
                    .exists();
        }
        Files.delete(page);
        Build alone = build(check("<at>linf:0</at><minimum>1</minimum>", ""), "verify");
        assertThat(alone.code()).as(alone.log()).isEqualTo(1);
        assertThat(page).exists();
    }

    private static void deleteTarget() throws IOException {
        Path target = project.resolve("target");
        if (Files.exists(target)) {
            try (Stream<Path> files = Files.walk(target)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            }
        }
    }

    @Test
    void anInconclusiveVerdictAndThresholdsInAPlan() throws Exception {
        String rate = evaluated();
        String requirement = "<at>linf:0</at><minimum>%s</minimum>".formatted(rate);

        Build inconclusive = build(check(requirement, ""), "verify");
        assertThat(inconclusive.code()).as(inconclusive.log()).isEqualTo(1);
        assertThat(inconclusive.log()).contains("inconclusive, and failOnInconclusive is true");

        Build allowed = build(check(requirement, "<failOnInconclusive>false</failOnInconclusive>"), "verify");
        assertThat(allowed.code()).as(allowed.log()).isZero();
        assertThat(allowed.log()).contains("Verdict: INCONCLUSIVE");

        Files.writeString(project.resolve("robustness.toml"), """
                [gate]
                dataset = "digits"
                at = ["linf:0", "linf:8/255"]
                min-robust-accuracy = [0.5, 0]
                """);
        Build planned = build(check("", "<plan>robustness.toml</plan>"), "verify");
        assertThat(planned.code()).as(planned.log()).isZero();
        assertThat(planned.log())
                .containsPattern("PASS +robust accuracy at linf:0.03137 is at least 0.00 %")
                .contains("Verdict: PASS");
    }

    @Test
    void aMistakeIsSaidInOneLine() throws Exception {
        evaluated();

        Build wrongData = build(check("<dataset>mnist</dataset><at>linf:0</at><minimum>0.1</minimum>", ""), "verify");
        assertThat(wrongData.code()).as(wrongData.log()).isEqualTo(1);
        assertThat(wrongData.log()).contains("is on the data set digits and not on mnist; check the one that is.");

        Build nothing = build(check("", ""), "verify");
        assertThat(nothing.code()).as(nothing.log()).isEqualTo(1);
        assertThat(nothing.log()).contains("There are no requirements; set <requirements>, <forbid> or a <plan>");

        Build noModel = build(EVALUATE.replace("model.safetensors", "nothing.safetensors"), "verify");
        assertThat(noModel.code()).as(noModel.log()).isEqualTo(1);
        assertThat(noModel.log())
                .containsPattern("The model file .*nothing.safetensors does not exist; check the path.");
    }

    /** Evaluates once for all tests, and returns the clean accuracy. */
    private static String evaluated() throws Exception {
        Path report = project.resolve("target/gauntlet/report.json");
        if (!Files.exists(report)) {
            Build evaluated = build(EVALUATE, "verify");
            assertThat(evaluated.code()).as(evaluated.log()).isZero();
        }
        return Double.toString(
                ReportJson.read(report).results().get(0).accuracy().rate());
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

    private static Build build(String executions, String... arguments) throws IOException, InterruptedException {
        return buildWith("""
                <plugin>
                  <groupId>dev.gauntlet</groupId>
                  <artifactId>gauntlet-maven-plugin</artifactId>
                  <version>%s</version>
                  <executions>
                    %s
                  </executions>
                </plugin>
                """.formatted(PublishedArtifacts.VERSION, executions), arguments);
    }

    private static Build buildWith(String plugin, String... arguments) throws IOException, InterruptedException {
        Files.writeString(project.resolve("pom.xml"), """
                <project xmlns="http://maven.apache.org/POM/4.0.0">
                  <modelVersion>4.0.0</modelVersion>
                  <groupId>com.example</groupId>
                  <artifactId>user</artifactId>
                  <version>1</version>
                  <packaging>pom</packaging>
                  <build>
                    <plugins>
                      %s
                    </plugins>
                  </build>
                </project>
                """.formatted(plugin));
        return artifacts.build(project, arguments);
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

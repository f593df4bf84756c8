package dev.gauntlet.verification;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The commands of the recipes for pipelines, as they stand in the files, in a project with a plan and a model. */
class CiRecipesTest extends CommandLineFixture {
    private static final Path RECIPES = Path.of("..", "docs", "ci");

    private static final Path PROGRAM =
            Path.of("..", "gauntlet-cli", "target", "gauntlet").toAbsolutePath().normalize();

    private static final int PATIENCE_SECONDS = 180;

    @BeforeEach
    void prepare() throws IOException {
        assumeTrue(Files.isExecutable(PROGRAM.resolve("bin/gauntlet")), PROGRAM + " is not built; run ./mvnw package");
        assumeFalse(System.getProperty("os.name").startsWith("Windows"), "the recipes are for shells");
        Files.copy(weights(), folder.resolve("model.safetensors"));
        Files.writeString(folder.resolve("robustness.toml"), """
                [model]
                file = "model.safetensors"
                [data]
                name = "digits"
                [sample]
                examples = 100
                [threat]
                epsilons = [0.01]
                [gate]
                at = ["linf:0"]
                min-robust-accuracy = [0.2]
                """);
        // unpacks to a program that starts the one of this build
        String start = "#!/bin/sh\nexec '%s' \"$@\"\n".formatted(PROGRAM.resolve("bin/gauntlet"));
        try (FileSystem zip = FileSystems.newFileSystem(
                folder.resolve("d.zip"), Map.of("create", "true", "enablePosixFileAttributes", "true"))) {
            Path bin = Files.createDirectories(zip.getPath("gauntlet-0.1.0-linux-x86_64", "bin"));
            Files.setPosixFilePermissions(
                    Files.writeString(bin.resolve("gauntlet"), start), PosixFilePermissions.fromString("rwxr-xr-x"));
        }
        assertThat(
                        shell(
                                "unzip -q d.zip; tar -czf d.tar.gz gauntlet-0.1.0-linux-x86_64; rm -r gauntlet-0.1.0-linux-x86_64"))
                .as(log())
                .isZero();
    }

    @Test
    void theWorkflowOfGithub() throws Exception {
        String recipe = Files.readString(RECIPES.resolve("github.yml"));
        String commands = Pattern.compile("(?m)^ +run: (?:\\|\\n((?: {10}.*\\n)+)|(.*)$)")
                .matcher(recipe)
                .results()
                .map(run -> run.group(1) != null ? run.group(1) : run.group(2) + "\n")
                // a step sees the path that earlier steps wrote
                .collect(Collectors.joining("PATH=\"$(cat \"$GITHUB_PATH\" 2>/dev/null):$PATH\"\n"));
        assertThat(commands).contains("gauntlet check");

        assertThat(shell(commands, Map.of("GAUNTLET_ZIP", address("d.zip"))))
                .as(log())
                .isZero();

        assertThat(folder.resolve("robustness/index.html")).exists();
        assertThat(folder.resolve("robustness.sarif")).content().contains("2.1.0");
        assertThat(folder.resolve("summary.md")).content().contains("**Verdict: PASS**");
        assertThat(folder.resolve("robustness.svg")).content().contains("passing");
    }

    @Test
    void theJobOfGitlab() throws Exception {
        String recipe = Files.readString(RECIPES.resolve("gitlab.yml"));
        String commands = Pattern.compile("(?m)^ {4}- (.*)$")
                .matcher(recipe)
                .results()
                .map(line -> line.group(1))
                .collect(Collectors.joining("\n"))
                .replace("/tmp/", folder + "/tmp/");
        assertThat(commands).contains("gauntlet check");
        Files.createDirectories(folder.resolve("tmp"));

        assertThat(shell(commands, Map.of("GAUNTLET_ZIP", address("d.tar.gz"))))
                .as(log())
                .isZero();

        assertThat(folder.resolve("robustness.xml")).content().contains("<testsuite");
    }

    @Test
    void thePipelineOfJenkins() throws Exception {
        Matcher steps = Pattern.compile("(?s)sh '''(.*?)'''").matcher(Files.readString(RECIPES.resolve("Jenkinsfile")));
        String commands = steps.results().map(step -> step.group(1)).collect(Collectors.joining("\n"));
        assertThat(commands).contains("gauntlet check");

        for (String build : List.of("the first build", "the next one, in the same workspace")) {
            assertThat(shell(
                            "PATH=\"$PWD/.gauntlet/bin:$PATH\"\n" + commands, Map.of("GAUNTLET_ZIP", address("d.zip"))))
                    .as(build + ": " + log())
                    .isZero();
        }

        assertThat(folder.resolve("robustness.xml")).exists();
        assertThat(folder.resolve("robustness.svg")).exists();
    }

    @Test
    void theHookOfPreCommit() throws Exception {
        Matcher entry = Pattern.compile("entry: (gauntlet .*)")
                .matcher(Files.readString(RECIPES.resolve("pre-commit-config.yaml")));
        assertThat(entry.find()).isTrue();
        String command = "PATH='%s':\"$PATH\"; %s robustness.toml other/robustness.toml"
                .formatted(PROGRAM.resolve("bin"), entry.group(1));
        Path other = Files.createDirectories(folder.resolve("other")).resolve("robustness.toml");
        Files.copy(folder.resolve("robustness.toml"), other);

        assertThat(shell(command)).as(log()).isZero();
        Files.writeString(other, "[threat]\nnorm = 'lfin'\n");
        assertThat(shell(command)).isEqualTo(2);
    }

    private String address(String file) {
        return folder.resolve(file).toUri().toString();
    }

    private String log() throws IOException {
        return Files.readString(folder.resolve("log.txt"));
    }

    private int shell(String commands) throws IOException {
        return shell(commands, Map.of());
    }

    /** Runs commands as pipelines do: the first that fails ends them. */
    private int shell(String commands, Map<String, String> variables) throws IOException {
        ProcessBuilder builder = new ProcessBuilder("bash", "-e")
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("log.txt").toFile());
        Map<String, String> environment = builder.environment();
        environment.putAll(environment());
        environment.put("JAVA_HOME", System.getProperty("java.home"));
        environment.put("GAUNTLET_DEFAULTS", "");
        environment.put(
                "RUNNER_TEMP", Files.createDirectories(folder.resolve("temp")).toString());
        environment.put("GITHUB_PATH", folder.resolve("path.txt").toString());
        environment.put("GITHUB_STEP_SUMMARY", folder.resolve("summary.md").toString());
        environment.putAll(variables);
        Process process = builder.start();
        try {
            try (OutputStream in = process.getOutputStream()) {
                in.write(commands.getBytes(StandardCharsets.UTF_8));
            }
            assertThat(process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        } finally {
            process.destroyForcibly();
        }
        return process.exitValue();
    }
}

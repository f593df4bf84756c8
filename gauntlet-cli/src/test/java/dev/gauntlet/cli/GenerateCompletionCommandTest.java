package dev.gauntlet.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.gauntlet.request.Suite;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The shells themselves read the script and complete with it. */
class GenerateCompletionCommandTest {
    @TempDir
    Path folder;

    private Path script;

    @BeforeEach
    void generate() throws IOException {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        assertThat(Gauntlet.run(Map.of(), new PrintWriter(out), new PrintWriter(err), "generate-completion"))
                .isZero();
        assertThat(err).hasToString("");
        script = Files.writeString(folder.resolve("completion"), out.toString());
    }

    @Test
    void completesCommandsOptionsAndValuesInBash() throws Exception {
        assertThat(completed("gauntlet", "ev")).containsExactly("evaluate");
        assertThat(completed("gauntlet", "")).contains("demo", "plan").doesNotContain("generate-man-pages");
        assertThat(completed("gauntlet", "evaluate", "--certify-m")).containsExactly("--certify-method");
        assertThat(completed("gauntlet", "evaluate", "--suite", ""))
                .containsExactly(Arrays.stream(Suite.values()).map(Suite::id).toArray(String[]::new));
        assertThat(completed("gauntlet", "evaluate", "--attack", "apgd")).containsExactly("apgd", "apgd-t");
        assertThat(completed("gauntlet", "evaluate", "--layout", "n")).containsExactly("nchw", "nhwc");
        assertThat(completed("gauntlet", "plan", "")).containsExactly("new", "check", "schema");
        assertThat(completed("gauntlet", "plan", "new", "--label-")).containsExactly("--label-column");
    }

    @Test
    void completesFilesInBash() throws Exception {
        Files.createFile(folder.resolve("robustness.toml"));

        assertThat(completed("gauntlet", "plan", "check", "rob")).containsExactly("robustness.toml");
        assertThat(completed("gauntlet", "evaluate", "--plan", "rob")).containsExactly("robustness.toml");
    }

    @Test
    void zshLoadsTheSameScript() throws Exception {
        String loaded = shell(
                "zsh",
                "-f",
                "-c",
                "autoload -U compinit && compinit -u -d %s && source %s && print -r -- $_comps[gauntlet]"
                        .formatted(folder.resolve("dump"), script));

        assertThat(loaded).contains("_complete_gauntlet");
    }

    /** Completes the last word as bash does when the user presses the tabulator. */
    private List<String> completed(String... words) throws Exception {
        String quoted = String.join(
                " ", Arrays.stream(words).map(word -> "'" + word + "'").toList());
        return shell("bash", "--norc", "-c", """
                                compopt() { :; }
                                source %s
                                complete -p gauntlet >/dev/null
                                COMP_WORDS=(%s) COMP_CWORD=%d COMP_LINE='%s'
                                COMPREPLY=()
                                _complete_gauntlet
                                printf '%%s\\n' "${COMPREPLY[@]}"
                                """.formatted(script, quoted, words.length - 1, String.join(" ", words)))
                .lines()
                .map(String::strip)
                .toList();
    }

    private String shell(String... command) throws IOException, InterruptedException {
        assumeTrue(
                Arrays.stream(System.getenv("PATH").split(":", -1))
                        .anyMatch(place -> Files.isExecutable(Path.of(place, command[0]))),
                command[0] + " is not installed");
        Path out = folder.resolve("out");
        Process process = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(out.toFile())
                .start();
        assertThat(process.waitFor()).as(Files.readString(out)).isZero();
        return Files.readString(out);
    }
}

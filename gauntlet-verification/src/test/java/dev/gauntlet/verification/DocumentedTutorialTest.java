package dev.gauntlet.verification;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commands of the tutorial, in their order, in an empty folder. */
class DocumentedTutorialTest {
    private static final Path PROGRAM =
            Path.of("..", "gauntlet-cli", "target", "gauntlet").toAbsolutePath().normalize();

    /** A command, the exit code that the page promises, or an addition to the plan. */
    private static final Pattern STEP =
            Pattern.compile("(?m)^ {4}(gauntlet [^#\\n]*?)(?: +# exit code (\\d))?$|(?s)```toml\\n(.*?)```");

    private static final int PATIENCE_SECONDS = 300;

    @TempDir
    Path folder;

    @Test
    void allCommandsDoWhatThePageSays() throws Exception {
        assumeTrue(Files.isExecutable(PROGRAM.resolve("bin/gauntlet")), PROGRAM + " is not built; run ./mvnw package");
        assumeFalse(System.getProperty("os.name").startsWith("Windows"), "the launcher is a shell script");
        Matcher step = STEP.matcher(Files.readString(Path.of("..", "docs", "tutorial.md")));
        int commands = 0;
        while (step.find()) {
            if (step.group(3) != null) {
                Files.writeString(folder.resolve("robustness.toml"), "\n" + step.group(3), StandardOpenOption.APPEND);
                continue;
            }
            int promised = step.group(2) == null ? 0 : Integer.parseInt(step.group(2));
            assertThat(run(step.group(1))).as(step.group(1) + "\n" + log()).isEqualTo(promised);
            commands++;
        }
        assertThat(commands).isGreaterThan(10);
        assertThat(folder.resolve("runs/demo/index.html")).content().contains("Only baseline attacks were run");
        assertThat(folder.resolve("runs/defended/index.html")).exists();
    }

    private int run(String command) throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(List.of("sh", "-c", command))
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("log.txt").toFile());
        builder.environment().merge("PATH", PROGRAM.resolve("bin").toString(), (path, bin) -> bin + ":" + path);
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        builder.environment().put("XDG_CACHE_HOME", folder.resolve("cache").toString());
        builder.environment().put("GAUNTLET_DEFAULTS", "");
        Process process = builder.start();
        try {
            assertThat(process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
        } finally {
            process.destroyForcibly();
        }
        return process.exitValue();
    }

    private String log() throws IOException {
        return Files.readString(folder.resolve("log.txt"));
    }
}

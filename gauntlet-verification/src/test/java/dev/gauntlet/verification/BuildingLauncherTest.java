package dev.gauntlet.verification;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The launcher of the repository, which builds the program first; Maven and the time are played. */
class BuildingLauncherTest {
    private static final Path LAUNCHER = Path.of("../gauntlet").toAbsolutePath().normalize();
    private static final int PATIENCE_SECONDS = 120;

    /** Ten seconds pass at each look; Maven is let go when it was looked at for a while. */
    private static final String DATE = """
            #!/bin/sh
            seconds=$(cat "$PLAY/seconds")
            seconds=$((seconds + 10))
            echo $seconds >"$PLAY/seconds"
            if [ $seconds -gt 300 ] && grep -q compiler "$PLAY/gauntlet-cli/target/build.log"; then
                touch "$PLAY/go"
            fi
            echo $seconds
            """;

    private static final String MAVEN = """
            #!/bin/sh
            echo "[INFO] Building Gauntlet: core 0.1.0-SNAPSHOT                                   [2/8]"
            echo "[INFO]   from gauntlet-core/pom.xml"
            echo "[INFO] --- compiler:3.15.0:compile (default-compile) @ gauntlet-core ---"
            while [ ! -e "$PLAY/go" ]; do
                /bin/sleep 0.05
            done
            """;

    private static final String SUCCESS = """
            mkdir -p gauntlet-cli/target/gauntlet/bin
            printf '#!/bin/sh\\necho the program runs with "$@"\\n' >gauntlet-cli/target/gauntlet/bin/gauntlet
            chmod +x gauntlet-cli/target/gauntlet/bin/gauntlet
            """;

    private static final String FAILURE = """
            echo "[ERROR] a brace is missing"
            exit 1
            """;

    @TempDir
    Path folder;

    @BeforeEach
    void lay() throws IOException {
        assumeFalse(System.getProperty("os.name").startsWith("Windows"), "the launcher is a shell script");
        Files.copy(LAUNCHER, folder.resolve("gauntlet"));
        Files.createDirectories(folder.resolve("gauntlet-cli/src/main"));
        Files.createFile(folder.resolve("pom.xml"));
        Files.createFile(folder.resolve("gauntlet-cli/pom.xml"));
        Files.createDirectories(folder.resolve("bin"));
        Files.writeString(folder.resolve("seconds"), "0");
        script("bin/date", DATE);
        script("bin/sleep", "#!/bin/sh\nexec /bin/sleep 0.02\n");
    }

    @Test
    void aLogGetsALineNowAndThenThatSaysWhatIsBuilt() throws Exception {
        script("mvnw", MAVEN + SUCCESS);

        Finished built = run(folder.resolve("gauntlet").toString(), "a", "b c");

        assertThat(built.exitCode).as(built.err).isZero();
        assertThat(built.out).isEqualTo("the program runs with a b c\n");
        assertThat(built.err)
                .startsWith("Building Gauntlet; the first time this takes ")
                .containsPattern("(?m)^Building Gauntlet: compiling gauntlet-core \\(2 of 8\\) \\.\\.\\. \\d+ s$")
                .containsPattern("(?m)^Built in \\d+ s\\.$")
                .doesNotContain("\r");
        // at most one line for 30 seconds
        long lines = built.err
                .lines()
                .filter(line -> line.contains(" ... ") && line.endsWith(" s"))
                .count();
        int seconds =
                Integer.parseInt(Files.readString(folder.resolve("seconds")).strip());
        assertThat(lines).isBetween(1L, seconds / 30L);
    }

    @Test
    void whatIsBuiltIsNotBuiltAgain() throws Exception {
        script("mvnw", MAVEN + SUCCESS);
        run(folder.resolve("gauntlet").toString());

        Finished again = run(folder.resolve("gauntlet").toString(), "again");

        assertThat(again.out).isEqualTo("the program runs with again\n");
        assertThat(again.err).isEmpty();
    }

    @Test
    void aTerminalSeesALineThatIsRedrawn() throws Exception {
        Path script = Path.of("/usr/bin/script");
        assumeTrue(Files.isExecutable(script), "there is no " + script + " to play a terminal");
        script("mvnw", MAVEN + SUCCESS);

        Finished built = run(
                script.toString(),
                "-qefc",
                folder.resolve("gauntlet") + " now",
                folder.resolve("typescript").toString());

        assertThat(built.exitCode).as(built.out).isZero();
        assertThat(built.out)
                .containsPattern("\rBuilding Gauntlet: compiling gauntlet-core \\(2 of 8\\) \\.\\.\\. \\d+ s ")
                .contains("\rBuilt in ")
                .endsWith("the program runs with now\r\n");
    }

    @Test
    void aBuildThatFailsSaysWhy() throws Exception {
        script("mvnw", MAVEN + FAILURE);

        Finished failed = run(folder.resolve("gauntlet").toString());

        assertThat(failed.exitCode).isEqualTo(4);
        assertThat(failed.out).isEmpty();
        assertThat(failed.err.lines().toList())
                .contains("[ERROR] a brace is missing")
                .noneMatch(line -> line.startsWith("[INFO]"))
                .last()
                .asString()
                .startsWith("gauntlet: The build failed; it needs a JDK, 17 or newer, and Maven Central. The log is ");
    }

    private void script(String name, String text) throws IOException {
        Path file = folder.resolve(name);
        Files.writeString(file, text);
        assertThat(file.toFile().setExecutable(true)).isTrue();
    }

    private Finished run(String... command) throws Exception {
        ProcessBuilder builder = new ProcessBuilder(List.of(command)).directory(folder.toFile());
        builder.environment()
                .put(
                        "PATH",
                        folder.resolve("bin")
                                + File.pathSeparator
                                + builder.environment().get("PATH"));
        builder.environment().put("PLAY", folder.toString());
        Path err = folder.resolve("err");
        Path out = folder.resolve("out");
        Process process = builder.redirectError(err.toFile())
                .redirectOutput(out.toFile())
                .redirectInput(new File("/dev/null"))
                .start();
        try {
            assertThat(process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
        } finally {
            Stream.concat(process.descendants(), Stream.of(process.toHandle())).forEach(ProcessHandle::destroyForcibly);
        }
        return new Finished(process.exitValue(), Files.readString(out), Files.readString(err));
    }

    private record Finished(int exitCode, String out, String err) {}
}

package dev.gauntlet.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LibtorchTest {
    @TempDir
    private Path folder;

    @Test
    void computesWithOneThreadPerCallerAndTellsItsVersion() {
        Libtorch.load();
        assertThat(torch.get_num_threads()).isEqualTo(1);
        assertThat(Libtorch.version()).matches("libtorch \\d+\\.\\d+.*");
    }

    @Test
    void nativeErrorsAreCutToTheirReason() {
        BadInput.refused(
                () -> Libtorch.call("The work of x failed", () -> {
                    throw new RuntimeException("\n\nreason one.\nException raised from somewhere\n#0 frame");
                }),
                "The work of x failed: reason one.");
        BadInput.refused(
                () -> Libtorch.call("The work of x failed", () -> {
                    throw new RuntimeException("""
                            The following operation failed in the TorchScript interpreter.
                            Traceback of TorchScript, serialized code (most recent call last):
                            RuntimeError: reason two
                            """);
                }),
                "The work of x failed: RuntimeError: reason two.");
        BadInput.refused(
                () -> Libtorch.call("The work of x failed", () -> {
                    throw new RuntimeException("");
                }),
                "no reason given");
        assertThatThrownBy(() -> Libtorch.call("The work of x failed", () -> {
                    throw new IllegalStateException("a mistake in Java");
                }))
                .isExactlyInstanceOf(IllegalStateException.class);
    }

    @Test
    void anUnknownPlatformIsSaidInOneLine() throws IOException, InterruptedException {
        assertThat(probe("-Dorg.bytedeco.javacpp.platform=linux-sparc"))
                .hasSize(2)
                .allSatisfy(line -> assertThat(line)
                        .startsWith(
                                "GauntletException: The native libraries of libtorch could not be loaded on linux-sparc")
                        .endsWith("are supported."));
    }

    @Test
    void aCacheThatCannotBeWrittenIsSaidInOneLine() throws IOException, InterruptedException {
        Path file = Files.writeString(folder.resolve("file"), "no folder");
        assertThat(probe(
                        "-Dorg.bytedeco.javacpp.cachedir=" + file.resolve("cache"),
                        // where JavaCPP looks next
                        "-Duser.home=" + file.resolve("home"),
                        "-Djava.io.tmpdir=" + file.resolve("temporary")))
                .hasSize(2)
                .allSatisfy(line -> assertThat(line)
                        .startsWith("GauntletException: The native libraries of libtorch could not be unpacked")
                        .contains("-Dorg.bytedeco.javacpp.cachedir="));
    }

    private static List<String> probe(String... options) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of(options));
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), LibtorchProbe.class.getName()));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        process.waitFor();
        return output.lines().toList();
    }
}

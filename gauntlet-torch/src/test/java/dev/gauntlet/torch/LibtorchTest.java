package dev.gauntlet.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
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
                    throw new RuntimeException("""
                            The following operation failed in the TorchScript interpreter.
                            Traceback of TorchScript, serialized code (most recent call last):
                              File "code/__torch__.py", line 10, in forward
                                x = torch.ones([3])
                                    ~~~~~~~~~~ <--- HERE
                            RuntimeError: Could not run 'aten::ones' with arguments from the 'CUDA' backend. \
                            This could be because the operator doesn't exist for this backend. \
                            If you are a Facebook employee using PyTorch on mobile, please visit us.

                            CPU: registered at somewhere [kernel]

                            Exception raised from reportError at somewhere.cpp:640 (most recent call first):
                            frame #0: c10::Error::Error() + 0xac (0x7f in libc10.so)
                            frame #18: [0x7f]
                            """);
                }),
                "The work of x failed: RuntimeError: Could not run 'aten::ones' with arguments from the 'CUDA' backend.");
        BadInput.refused(
                () -> Libtorch.call("The work of x failed", () -> {
                    throw new RuntimeException(
                            "isTensor() INTERNAL ASSERT FAILED at \"x.h\":12, please report a bug to PyTorch. Expected Tensor but got Int\nframe #0: a");
                }),
                "The work of x failed: Expected Tensor but got Int.");
        BadInput.refused(
                () -> Libtorch.call("The work of x failed", () -> {
                    throw new RuntimeException(
                            "[enforce fail at inline_container.cc:222] . file not found: x/version\nframe #0: a");
                }),
                "The work of x failed: file not found: x/version.");
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
                        .endsWith("supported are Linux, macOS and Windows on x86-64, and macOS on 64-bit ARM."));
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
        return ChildProcess.run(List.of(options), LibtorchProbe.class);
    }
}

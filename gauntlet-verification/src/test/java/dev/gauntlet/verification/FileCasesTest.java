package dev.gauntlet.verification;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gauntlet.cli.Gauntlet;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Files of PyTorch that people brought, as {@code gauntlet inspect} is given them.
 *
 * <p>{@code GAUNTLET_CASES} names the folder with one folder for each case, which holds the files and the value that
 * PyTorch computes of them.
 */
class FileCasesTest {
    private static final int REFUSED = 2;

    @TempDir
    private Path cache;

    private StringWriter out;
    private StringWriter err;

    @BeforeEach
    void listen() {
        out = new StringWriter();
        err = new StringWriter();
    }

    private static Path folder(String name) {
        return Cases.folder(name);
    }

    /** Inspects a file of a case on the images beside it. */
    private int inspect(Path folder, String model, String... more) {
        String[] arguments = new String[4 + more.length];
        arguments[0] = "inspect";
        arguments[1] = folder.resolve(model).toString();
        arguments[2] = "--data";
        arguments[3] = folder.resolve("data.npz").toString();
        System.arraycopy(more, 0, arguments, 4, more.length);
        Map<String, String> environment = Map.of("XDG_CACHE_HOME", cache.toString(), "LOCALAPPDATA", cache.toString());
        return Gauntlet.run(environment, new PrintWriter(out), new PrintWriter(err), arguments);
    }

    @Test
    void weightsSavedOnAGpuAreMappedOntoTheCpu() {
        assertThat(inspect(folder("01-torchscript-saved-on-gpu"), "gpu_weights.pt"))
                .as(err.toString())
                .isZero();
        assertThat(out.toString())
                .contains("Accuracy   90.0 % of 40 images")
                .contains("all (the model has a gradient)");
    }

    @Test
    void deviceInTheProgramIsTheReasonGiven() {
        assertThat(inspect(folder("01-torchscript-saved-on-gpu"), "gpu_constant.pt"))
                .isEqualTo(REFUSED);
        assertThat(err.toString())
                .contains("the device cuda:0 is hard-coded in the program; trace it on the CPU")
                .doesNotContain("frame #", "employee");
        assertThat(err.toString().lines()).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"number.pth", "tensor.pth"})
    void whatLiesBesideTheWeightsChangesNothing(String model) {
        assertThat(inspect(folder("11-checkpoint-with-a-number-as-tensor"), model, "--network", "mlp:64-3"))
                .as(err.toString())
                .isZero();
        assertThat(out.toString()).contains("Accuracy   97.5 % of 40 images");
    }

    @Test
    void scriptForOneImageIsAskedAboutOneAtATime() {
        assertThat(inspect(folder("14-works-for-one-image-only"), "fixed_inside.pt"))
                .as(err.toString())
                .isZero();
        assertThat(out.toString()).contains("Accuracy   100.0 % of 30 images");
        assertThat(out.toString() + err).contains("works for a single image only");
    }
}

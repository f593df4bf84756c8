package dev.gauntlet.verification;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is said of data and models that cannot be right: each message names the option that mends it. */
class CommandLineInputTest extends CommandLineFixture {
    @Test
    void aReportIsNamedByItsFolderEverywhere() throws IOException {
        Path report = folder.resolve("report");
        Path again = folder.resolve("again");
        assertThat(evaluate(weights(), report, "--examples", "100", "--epsilon", "0.1"))
                .isZero();
        listen();
        assertThat(run("report", report.toString(), "--out", again.toString()))
                .as(err.toString())
                .isZero();
        assertThat(withoutTiming(read(again))).isEqualTo(withoutTiming(read(report)));
        Files.copy(weights(), report.resolve("model.safetensors"));
        assertThat(run("report", report.toString(), "--out", report.toString(), "--force"))
                .isZero();
        assertThat(report.resolve("model.safetensors")).hasSameBinaryContentAs(weights());
        assertRefused(
                "There is no file %s; name the folder of a report".formatted(folder.resolve("report.json")),
                "report",
                folder.toString(),
                "--csv",
                folder.resolve("x.csv").toString());
    }

    @ParameterizedTest
    @ValueSource(strings = {"cifar10", "cifar-100", "imagenet", "svhn", "images.npz"})
    void aDataSetThatIsNotKnownIsNamedWithAnotherOption(String name) {
        assertRefused(
                "give their path. The option is --data.", "evaluate", weights().toString(), "--dataset", name);
    }

    @Test
    void missingLabelsNameTheirOption() throws IOException {
        Path images = Files.write(folder.resolve("x.npy"), Numpy.npy("|u1", "(20, 28, 28)", new byte[20 * 28 * 28]));
        Path labels = Files.write(folder.resolve("y.npy"), Numpy.npy("|u1", "(20,)", tenLabelsTwice()));
        Path archive = Files.write(
                folder.resolve("x.npz"),
                Numpy.npz(Map.of("x", Numpy.npy("|u1", "(20, 28, 28)", new byte[20 * 28 * 28]))));
        for (Path data : new Path[] {images, archive}) {
            assertRefused("--labels", "evaluate", weights().toString(), "--data", data.toString());
            Path report = folder.resolve("report-" + data.getFileName());
            assertThat(run(
                            "evaluate",
                            weights().toString(),
                            "--data",
                            data.toString(),
                            "--labels",
                            labels.toString(),
                            "--out",
                            report.toString()))
                    .as(err.toString())
                    .isZero();
            // all images are the same, so one of ten is classified correctly
            assertThat(read(report)
                            .path("results")
                            .get(0)
                            .path("accuracy")
                            .path("successes")
                            .asInt())
                    .isEqualTo(2);
        }
        assertRefused(
                "This is for your own data, but none is named; name its file or folder, or leave it out. The options are --labels and --data.",
                "evaluate",
                weights().toString(),
                "--labels",
                labels.toString());
    }

    @Test
    void dataWithoutImagesSaysSo() throws IOException {
        Map<String, byte[]> arrays = new LinkedHashMap<>();
        arrays.put("x", Numpy.npy("<f4", "(0, 28, 28)", new byte[0]));
        arrays.put("y", Numpy.npy("<i8", "(0,)", new byte[0]));
        Path data = Files.write(folder.resolve("none.npz"), Numpy.npz(arrays));
        assertRefused(
                "it contains no images, so there is nothing to evaluate.",
                "evaluate",
                weights().toString(),
                "--data",
                data.toString());
    }

    /** Weights so large that sums overflow: each is finite, the logits are not. */
    @Test
    void inspectSaysThatOutputsAreNoNumbers() throws IOException {
        byte[] safetensors = Files.readAllBytes(weights());
        ByteBuffer bytes = ByteBuffer.wrap(safetensors).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = Long.BYTES + (int) bytes.getLong(0); i < safetensors.length; i += Float.BYTES) {
            bytes.putFloat(i, Math.copySign(1e38f, bytes.getFloat(i)));
        }
        Path broken = Files.write(folder.resolve("broken.safetensors"), safetensors);
        assertThat(run("inspect", broken.toString(), "--dataset", "digits"))
                .as(err.toString())
                .isZero();
        assertThat(err.toString())
                .containsPattern(
                        "WARNING: the outputs for 200 of 200 images \\(first image \\d+\\) are NaN or infinite, so 'evaluate' will refuse the model");
        assertThat(out.toString()).doesNotContain("Accuracy");
        listen();
        assertThat(evaluate(broken, folder.resolve("report"))).isEqualTo(2);
    }

    @Test
    void theGateDoesNotAskForMoreExamplesThanThereAre() throws IOException {
        Path data = Files.write(
                folder.resolve("few.npz"),
                Numpy.npz(Map.of(
                        "x",
                        Numpy.npy("|u1", "(20, 28, 28)", new byte[20 * 28 * 28]),
                        "y",
                        Numpy.npy("|u1", "(20,)", tenLabelsTwice()))));
        Path report = folder.resolve("report");
        assertThat(run("evaluate", weights().toString(), "--data", data.toString(), "--out", report.toString()))
                .as(err.toString())
                .isZero();
        listen();
        assertThat(run("check", report.toString(), "--at", "linf:0", "--min-robust-accuracy", "0.08"))
                .isEqualTo(3);
        assertThat(out.toString()).contains("but the data set has only 20; evaluate on more data");
    }

    private static byte[] tenLabelsTwice() {
        byte[] labels = new byte[20];
        for (int i = 0; i < labels.length; i++) {
            labels[i] = (byte) (i % 10);
        }
        return labels;
    }
}

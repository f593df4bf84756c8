package dev.gauntlet.verification;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.gauntlet.GauntletException;
import dev.gauntlet.data.DataFiles;
import dev.gauntlet.data.DataOptions;
import dev.gauntlet.data.Dataset;
import dev.gauntlet.data.IdxFile;
import dev.gauntlet.images.ImageFolder;
import dev.gauntlet.images.Preparation;
import dev.gauntlet.model.InputSpec;
import dev.gauntlet.onnx.OnnxModels;
import dev.gauntlet.torch.Models;
import dev.gauntlet.torch.Network;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * Every reader of files from elsewhere, on bytes that a fuzzer makes up: each file is read, or refused in one line.
 *
 * <p>As a test it tries the files of the corpus beside it, among them all that ever broke a reader. With the environment
 * variable {@code JAZZER_FUZZ=1} and one method chosen it goes on from there, guided by coverage.
 */
class ReadersFuzzTest {
    private static final String DURATION = "3m";

    /** The largest network whose weights the corpus holds. */
    private static final Network NETWORK = Network.parse("mlp:4-3");

    private static final int STORAGE_BYTES = 64;

    private static final Path FOLDER = folder();

    private static Path folder() {
        try {
            Path folder = Files.createTempDirectory("gauntlet-fuzz");
            folder.toFile().deleteOnExit();
            return folder;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Path file(String name, byte[] content) {
        try {
            Path file = FOLDER.resolve(name);
            Files.createDirectories(file.getParent());
            return Files.write(file, content);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Runs a reader, which may refuse the file, but in one line. */
    private static void read(Runnable reader) {
        try {
            reader.run();
        } catch (GauntletException e) {
            if (String.valueOf(e.getMessage()).lines().count() != 1) {
                throw new AssertionError("no line, or more than one", e);
            }
        }
    }

    private static void use(Dataset data) {
        float[] pixels = new float[data.shape().size()];
        for (int id = 0; id < Math.min(3, data.size()); id++) {
            data.label(id);
            data.copyPixels(id, pixels, 0);
        }
    }

    @FuzzTest(maxDuration = DURATION)
    void onnx(byte[] content) {
        Path file = file("model.onnx", content);
        read(() -> OnnxModels.describe(file, InputSpec.RAW));
    }

    /** Also computes what the file describes, on images as large as it says, and compares that with ONNX Runtime. */
    @FuzzTest(maxDuration = DURATION)
    void onnxModel(byte[] content) {
        Path file = file("computed.onnx", content);
        read(() -> OnnxModels.whiteBox(file, InputSpec.RAW).close());
    }

    /** The pickle of a state dictionary as PyTorch has written it since 1.6, beside a storage. */
    @FuzzTest(maxDuration = DURATION)
    void pickle(byte[] content) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
            zip.putNextEntry(new ZipEntry("model/data.pkl"));
            zip.write(content);
            zip.putNextEntry(new ZipEntry("model/data/0"));
            zip.write(new byte[STORAGE_BYTES]);
        }
        Path file = file("pickle.pt", bytes.toByteArray());
        read(() -> Models.load(file, Optional.of(NETWORK)).close());
    }

    @FuzzTest(maxDuration = DURATION)
    void stateDictionary(byte[] content) {
        // what is no state dictionary goes to libtorch's own reader of TorchScript, which is not ours to test
        boolean pickle = content.length > 0 && (content[0] & 0xff) == 0x80;
        if (pickle) {
            Path file = file("model.pt", content);
            read(() -> Models.load(file, Optional.of(NETWORK)).close());
        }
    }

    @FuzzTest(maxDuration = DURATION)
    void safetensors(byte[] content) {
        Path file = file("model.safetensors", content);
        read(() -> Models.load(file, Optional.of(NETWORK)).close());
    }

    @FuzzTest(maxDuration = DURATION)
    void npy(byte[] content) {
        Path images = file("images.npy", content);
        read(() -> use(DataFiles.open(images, new DataOptions(Optional.of(images), List.of(), Optional.empty()))));
    }

    @FuzzTest(maxDuration = DURATION)
    void npz(byte[] content) {
        Path file = file("images.npz", content);
        read(() -> use(DataFiles.open(file, DataOptions.PLAIN)));
    }

    @FuzzTest(maxDuration = DURATION)
    void csv(byte[] content) {
        Path file = file("images.csv", content);
        read(() -> use(DataFiles.open(file, DataOptions.PLAIN)));
    }

    @FuzzTest(maxDuration = DURATION)
    void cifar(byte[] content) {
        Path file = file("images.bin", content);
        read(() -> use(DataFiles.open(file, DataOptions.PLAIN)));
    }

    @FuzzTest(maxDuration = DURATION)
    void idx(byte[] content) {
        Path file = file("images.idx", content);
        read(() -> use(IdxFile.dataset("fuzz", "test", List.of("a", "b"), file, file)));
    }

    @FuzzTest(maxDuration = DURATION)
    void picture(byte[] content) {
        file("pictures/a/1.png", content);
        file("pictures/b/1.png", content);
        read(() -> use(ImageFolder.open(
                FOLDER.resolve("pictures"), new Preparation(3, OptionalInt.of(8), OptionalInt.of(8)))));
    }
}

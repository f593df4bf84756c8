package dev.gauntlet.torch;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FileKindTest {
    private static final Map<String, WeightTensor> WEIGHTS = Map.of(
            "0.weight", new WeightTensor(new long[] {2, 1}, new float[] {1, 2}),
            "0.bias", new WeightTensor(new long[] {2}, new float[] {3, 4}));

    @TempDir
    private Path folder;

    private Path write(String name, byte[] content) throws IOException {
        return Files.write(folder.resolve(name), content);
    }

    /** A version, a producer, a graph of some bytes, and a set of operators, as ONNX writes them. */
    private static byte[] onnx() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(new byte[] {8, 7, 18, 2, 'm', 'e'});
        byte[] graph = new byte[300];
        out.writeBytes(new byte[] {58, (byte) 0xac, 2});
        out.writeBytes(graph);
        out.writeBytes(new byte[] {66, 4, 10, 0, 16, 13});
        return out.toByteArray();
    }

    @ParameterizedTest
    @ValueSource(strings = {"m.pth.tar", "m.pkl", "m.model", "m.bin", "m", "m.onnx", "m.pt", "m.npz", "m.safetensors"})
    void contentCountsAndNoEnding(String name) throws IOException {
        byte[] npz =
                new NpzFile().stored("0.bias.npy", NpzFile.floats("(1,)", 1)).bytes();
        Map<String, Object> dictionary = Map.of("0.bias", 1);
        Path script = Scripts.write(folder.resolve("script"), WEIGHTS, "return x");

        assertThat(FileKind.of(write(name, onnx()))).isEqualTo(FileKind.ONNX);
        assertThat(FileKind.of(write(name, npz))).isEqualTo(FileKind.NPZ);
        assertThat(FileKind.of(write(name, Safetensors.write(WEIGHTS, Map.of()))))
                .isEqualTo(FileKind.SAFETENSORS);
        assertThat(FileKind.of(write(name, PickleFile.zip(dictionary)))).isEqualTo(FileKind.STATE_DICTIONARY);
        assertThat(FileKind.of(write(name, PickleFile.legacy(dictionary)))).isEqualTo(FileKind.STATE_DICTIONARY);
        Path program = write(name, Files.readAllBytes(script));
        if (name.matches("m\\.(?:onnx|npz|safetensors)")) {
            BadInput.refused(
                    () -> FileKind.of(program), name + " is TorchScript, which is a program", "rename it to .pt");
        } else {
            assertThat(FileKind.of(program)).isEqualTo(FileKind.TORCH_SCRIPT);
        }
    }

    /** So that the reader of that kind says what is damaged. */
    @Test
    void endingCountsWhereTheContentDoesNotTell() throws IOException {
        byte[] whole = onnx();
        assertThat(FileKind.of(write("m.ONNX", Arrays.copyOf(whole, 200)))).isEqualTo(FileKind.ONNX);
        assertThat(FileKind.of(write("m.npz", new byte[0]))).isEqualTo(FileKind.NPZ);
        assertThat(FileKind.of(write("m.safetensors", new byte[20]))).isEqualTo(FileKind.SAFETENSORS);
        byte[] archive = PickleFile.zip(Map.of("0.bias", 1));
        assertThat(FileKind.of(write("m.pth", Arrays.copyOf(archive, 100)))).isEqualTo(FileKind.STATE_DICTIONARY);
        BadInput.refused(
                () -> FileKind.of(write("m.bin", Arrays.copyOf(whole, 200))),
                "m.bin is not a supported model (it begins with the bytes 08 07 12 02 6d 65 3a ac)");
    }

    @Test
    void everyDamageOfAnOnnxFileIsNoTrouble() throws IOException {
        byte[] whole = onnx();
        for (int i = 0; i < whole.length; i++) {
            for (int bit : new int[] {1, 4, 0x80}) {
                byte[] damaged = whole.clone();
                damaged[i] ^= (byte) bit;
                Path file = write("m.onnx", damaged);
                assertThat(FileKind.of(file)).isNotNull();
            }
        }
    }

    @Test
    void foreignFilesAreNamedWhateverTheirEnding() throws IOException {
        String[][] files = {
            {"version https://git-lfs.github.com/spec/v1\noid", "is a Git LFS pointer", "git lfs pull"},
            {"\n<!DOCTYPE html><html>404</html>", "is a web page", "download the file itself"},
            {"<html>", "is a web page", "download the file itself"},
            {"\u0089HDF\r\n\u001a\n", "is an HDF5 file", "tf2onnx"},
            {"ABCDTFL3", "is a TensorFlow Lite model", "tf2onnx"},
            {"\u001f\u008b\b", "is compressed by gzip", "unpack it first"}
        };
        for (String[] file : files) {
            for (String name : List.of("m.pt", "m.onnx", "m.safetensors", "m")) {
                Path written = write(name, file[0].getBytes(StandardCharsets.ISO_8859_1));
                BadInput.refused(() -> FileKind.of(written), name + " " + file[1], file[2]);
            }
        }
    }

    @Test
    void otherArchivesAreNamed() throws IOException {
        byte[] keras = new NpzFile().stored("model.weights.h5", new byte[3]).bytes();
        BadInput.refused(() -> FileKind.of(write("m.pt", keras)), "m.pt is a Keras model", "ONNX");
        byte[] exported =
                new NpzFile().stored("a/models/model.json", new byte[3]).bytes();
        BadInput.refused(() -> FileKind.of(write("m.pt2", exported)), "m.pt2 is a torch.export program");
        byte[] tar = new byte[1024];
        System.arraycopy("ustar".getBytes(StandardCharsets.US_ASCII), 0, tar, 257, 5);
        BadInput.refused(() -> FileKind.of(write("m.pth.tar", tar)), "m.pth.tar is a tar archive", "unpack it first");
    }

    @Test
    void foldersAndMissingFilesAreNoModels() throws IOException {
        Path directory = Files.createDirectory(folder.resolve("model"));
        BadInput.refused(() -> FileKind.of(directory), "model' is a directory; give the model file itself");
        Files.write(directory.resolve("saved_model.pb"), new byte[1]);
        BadInput.refused(() -> FileKind.of(directory), "model is a TensorFlow SavedModel", "ONNX");
        BadInput.refused(() -> FileKind.of(folder.resolve("none")), "The model file", "none does not exist");
        BadInput.refused(() -> FileKind.of(folder.resolve("a\ufffd.pt")), "is not valid UTF-8: rename the file");
        BadInput.refused(() -> FileKind.of(write("m.pt", new byte[0])), "m.pt is neither", "it is empty");
        BadInput.refused(
                () -> FileKind.of(write("m.pt", "hello\n".getBytes(StandardCharsets.UTF_8))), "it is a text file");
    }
}

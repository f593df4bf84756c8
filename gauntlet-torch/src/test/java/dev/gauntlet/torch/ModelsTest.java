package dev.gauntlet.torch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gauntlet.Sha256;
import dev.gauntlet.data.Batch;
import dev.gauntlet.data.ImageShape;
import dev.gauntlet.model.DifferentiableClassifier;
import dev.gauntlet.model.InputSpec;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ModelsTest {
    private static final ImageShape SHAPE = new ImageShape(1, 6, 6);
    private static final Network CONVOLUTIONAL =
            Samples.network(SHAPE, "conv 3 k3, relu, conv 4 k2 p1, relu, pool 2, flatten, linear 5, relu, linear 3");
    private static final Network DENSE = Network.mlp(36, 5, 3);

    @TempDir
    private Path folder;

    @ParameterizedTest
    @CsvSource({
        "0 2 6 8", // the indexes of a PyTorch Sequential
        "1 5 9 10", // any indexes in order
        "conv1 conv2 fc1 fc2",
        "conv1 conv2 linear1 linear2",
        "conv conv2 fc fc2",
        "conv9 conv10 fc9 fc10"
    })
    void layersAreFoundByIndexAndByKind(String names) throws IOException {
        Map<String, WeightTensor> weights = Samples.weights(CONVOLUTIONAL, 4);
        Map<String, WeightTensor> named = rename(weights, List.of(names.split(" ", -1)));
        Batch batch = Samples.batch(SHAPE, 3, 4, 1);
        float[] expected;
        try (NetworkClassifier model = Samples.classifier(CONVOLUTIONAL, weights)) {
            expected = model.logits(batch).values();
        }
        // files keep them in any order
        List<String> backwards = new ArrayList<>(named.keySet());
        Collections.reverse(backwards);
        Map<String, WeightTensor> reversed = new LinkedHashMap<>();
        backwards.forEach(name -> reversed.put(name, value(named, name)));
        Path safetensors = write("m.safetensors", Safetensors.write(reversed, Map.of()));
        NpzFile npz = new NpzFile();
        reversed.forEach((name, tensor) -> npz.deflated(name + ".npy", npy(tensor)));
        for (Path file : List.of(safetensors, write("m.npz", npz.bytes()))) {
            try (DifferentiableClassifier model = Models.load(file, Optional.of(CONVOLUTIONAL))) {
                assertThat(model.logits(batch).values()).as("%s", file).isEqualTo(expected);
                assertThat(model.card().sha256()).hasValue(Sha256.of(Files.readAllBytes(file)));
                assertThat(model.card().location()).contains(file.toString());
                assertThat(model.card().training()).isEmpty();
            }
        }
    }

    @Test
    void halvesAndDoublesAreReadAsFloats() throws IOException {
        Network network = Network.mlp(2, 2);
        Path npz = write(
                "m.npz",
                new NpzFile()
                        .stored(
                                "fc.weight.npy",
                                NpzFile.array(
                                        1,
                                        "{'descr': '<f8', 'fortran_order': False, 'shape': (2, 2), }",
                                        NpzFile.little(1.0, 2.0, 3.0, 4.0)))
                        .deflated(
                                "fc.bias.npy",
                                NpzFile.array(
                                        2,
                                        "{'descr': '<f2', 'fortran_order': False, 'shape': (2,), }",
                                        NpzFile.little((short) 0x3800, (short) 0xb800)))
                        .bytes());
        Path safetensors = write(
                "m.safetensors",
                SafetensorsFile.of(
                        """
                {"0.weight":{"dtype":"BF16","shape":[2,2],"data_offsets":[0,8]},"0.bias":{"dtype":"F16","shape":[2],"data_offsets":[8,12]}}""",
                        NpzFile.little(
                                (short) 0x3f80, (short) 0x4000, (short) 0x4040, (short) 0x4080, (short) 0x3800, (short)
                                        0xb800)));
        Batch batch = new Batch(new ImageShape(2, 1, 1), new int[1], new int[1], new float[] {1, 0.25f});
        for (Path file : List.of(npz, safetensors)) {
            try (DifferentiableClassifier model = Models.load(file, Optional.of(network))) {
                // 1 + 2/4 + 1/2 and 3 + 4/4 - 1/2
                assertThat(model.logits(batch).values()).containsExactly(2, 3.5f);
            }
        }
    }

    @Test
    void arraysInTheOrderOfFortranAreTurned() throws IOException {
        // NumPy writes a transposed matrix this way: its first index changes fastest
        Path npz = write(
                "m.npz",
                new NpzFile()
                        .stored(
                                "0.weight.npy",
                                NpzFile.array(
                                        1,
                                        "{'descr': '<f4', 'fortran_order': True, 'shape': (2, 3), }",
                                        NpzFile.little(11f, 21f, 12f, 22f, 13f, 23f)))
                        .stored(
                                "0.bias.npy",
                                NpzFile.array(
                                        1,
                                        "{'descr': '<f4', 'fortran_order': True, 'shape': (2,), }",
                                        NpzFile.little(0.5f, 0.25f)))
                        .bytes());
        Batch batch = new Batch(new ImageShape(3, 1, 1), new int[1], new int[1], new float[] {1, 0.5f, 0});

        try (DifferentiableClassifier model = Models.load(npz, Optional.of(Network.mlp(3, 2)))) {
            // 11 + 12 / 2 + 1/2 and 21 + 22 / 2 + 1/4
            assertThat(model.logits(batch).values()).containsExactly(17.5f, 32.25f);
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            0.weight 0.bias 2.weight                     | lacks the tensor 2.bias
            0.weight 2.weight 2.bias                     | lacks the tensor 0.bias
            0.bias 2.weight 2.bias                       | lacks the tensor 0.weight
            0.weight 0.bias                              | weights of 1 layers (0)
            0.weight 0.bias 2.weight 2.bias 4.weight     | weights of 3 layers (0, 2, 4)
            0.weight 0.bias 2.weight 2.bias 2.running_mean | 2 is a batch normalization, but the network 'mlp:36-5-3' has 'linear 3' in this position
            0.weight 0.bias 2.weight 2.bias weight       | unknown tensor weight
            0.weight 0.bias 2.weight 2.bias 2.Weight     | unknown tensor 2.Weight
            0.weight 0.bias 2.weight 2.bias .weight      | unknown tensor .weight
            fc0.weight fc0.bias fc.weight fc.bias        | which of the layers fc and fc0 comes first
            fc1.weight fc1.bias linear1.weight linear1.bias | which of the layers fc1 and linear1 comes first
            1.weight 1.bias 01.weight 01.bias            | which of the layers 01 and 1 comes first
            0.weight 0.bias fc2.weight fc2.bias          | which of the layers 0 and fc2 comes first
            2.weight 2.bias fc1.weight fc1.bias          | which of the layers
            """)
    void otherTensorsAreRefused(String names, String trouble) {
        refusedInBothFormats(tensors(names), DENSE, trouble);
    }

    /** Tensors of the shapes that the dense network has. */
    private static Map<String, WeightTensor> tensors(String names) {
        Map<String, WeightTensor> tensors = new LinkedHashMap<>();
        for (String name : names.split(" ", -1)) {
            boolean first = name.startsWith("0") || name.startsWith("fc0") || name.startsWith("1.");
            boolean weight = name.endsWith("weight");
            int outputs = first ? 5 : 3;
            int inputs = first ? 36 : 5;
            tensors.put(
                    name,
                    weight
                            ? new WeightTensor(new long[] {outputs, inputs}, new float[outputs * inputs])
                            : new WeightTensor(new long[] {outputs}, new float[outputs]));
        }
        return tensors;
    }

    private Path safetensors(Map<String, WeightTensor> tensors) throws IOException {
        return write("named.safetensors", Safetensors.write(tensors, Map.of()));
    }

    private Path npz(Map<String, WeightTensor> tensors) throws IOException {
        NpzFile npz = new NpzFile();
        tensors.forEach((name, tensor) -> npz.deflated(name + ".npy", npy(tensor)));
        return write("named.npz", npz.bytes());
    }

    /** A file whose order says nothing has to have names that do. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            0.weight 0.bias 2.weight 2.bias net.0.weight | unknown tensor net.0.weight
            0.weight 0.bias 2.weight 2.bias -1.weight    | unknown tensor -1.weight
            0.weight 0.bias 12345678901.weight 12345678901.bias | unknown tensor 12345678901.weight
            0.features.weight 0.features.bias classifier.weight classifier.bias | unknown tensor 0.features.weight
            """)
    void namesWithoutOrderAreRefusedInSafetensors(String names, String trouble) throws IOException {
        Path file = safetensors(tensors(names));

        BadInput.refused(
                () -> Models.load(file, Optional.of(DENSE)), trouble, "weights = [\"features.0\", \"classifier.1\"]");
    }

    @ParameterizedTest
    @CsvSource({"module.0 module.2", "module.net.fc1 module.net.fc2", "a.b.c.3 a.b.c.12"})
    void whatAllNamesBeginWithIsNoName(String names) throws IOException {
        Map<String, WeightTensor> weights = Samples.weights(DENSE, 4);
        Map<String, WeightTensor> named = rename(weights, List.of(names.split(" ", -1)));
        Batch batch = Samples.batch(SHAPE, 3, 4, 1);
        try (NetworkClassifier expected = Samples.classifier(DENSE, weights)) {
            for (Path file : List.of(safetensors(named), npz(named))) {
                try (DifferentiableClassifier model = Models.load(file, Optional.of(DENSE))) {
                    assertThat(model.logits(batch).values())
                            .isEqualTo(expected.logits(batch).values());
                    assertThat(model.card().notices()).isEmpty();
                }
            }
        }
    }

    @Test
    void otherNamesAreTakenInTheOrderOfTheFileOrOfTheNetwork() throws IOException {
        Map<String, WeightTensor> weights = Samples.weights(DENSE, 4);
        Map<String, WeightTensor> named = rename(weights, List.of("z.features", "a.classifier.dense"));
        Network told = DENSE.withWeightNames(List.of("z.features", "a.classifier.dense"));
        Batch batch = Samples.batch(SHAPE, 3, 4, 1);
        try (NetworkClassifier expected = Samples.classifier(DENSE, weights);
                DifferentiableClassifier ordered = Models.load(npz(named), Optional.of(DENSE));
                DifferentiableClassifier listed = Models.load(safetensors(named), Optional.of(told))) {
            assertThat(ordered.logits(batch).values())
                    .isEqualTo(expected.logits(batch).values());
            assertThat(ordered.card().notices())
                    .containsExactly(
                            "The tensors z.features, a.classifier.dense were matched to the layers in the order of the file.");
            assertThat(listed.logits(batch).values())
                    .isEqualTo(expected.logits(batch).values());
            assertThat(listed.card().notices()).isEmpty();
            // saved under this program's own names, which say their order themselves
            Path saved = folder.resolve("saved.safetensors");
            ((NetworkClassifier) listed).save(saved);
            try (DifferentiableClassifier again = Models.load(saved)) {
                assertThat(again.logits(batch).values())
                        .isEqualTo(expected.logits(batch).values());
            }
        }
        Network wrong = DENSE.withWeightNames(List.of("z.features", "b"));
        Path file = safetensors(named);
        BadInput.refused(
                () -> Models.load(file, Optional.of(wrong)),
                "lacks the tensor b.weight; it has a.classifier.dense.bias");
    }

    /** Weights of a convolution without bias, a batch normalisation, and what PyTorch writes beside them. */
    private static Map<String, WeightTensor> normalized() {
        Map<String, WeightTensor> tensors = new LinkedHashMap<>();
        tensors.put("conv.weight", new WeightTensor(new long[] {2, 1, 1, 1}, new float[] {1, -2}));
        tensors.put("bn.weight", new WeightTensor(new long[] {2}, new float[] {2, 1}));
        tensors.put("bn.bias", new WeightTensor(new long[] {2}, new float[] {0.5f, -1}));
        tensors.put("bn.running_mean", new WeightTensor(new long[] {2}, new float[] {0.25f, -3}));
        tensors.put("bn.running_var", new WeightTensor(new long[] {2}, new float[] {3.75f, 15.75f}));
        return tensors;
    }

    @Test
    void batchNormalizationIsThatOfTheCollectedMeans() throws IOException {
        ImageShape shape = new ImageShape(1, 1, 2);
        Network network = Network.parse("conv 2 k1 nobias, batchnorm 0.25, relu, global-average-pool", shape);
        NpzFile npz = new NpzFile();
        normalized().forEach((name, tensor) -> npz.stored(name + ".npy", npy(tensor)));
        npz.stored(
                "bn.num_batches_tracked.npy",
                NpzFile.array(1, "{'descr': '<i8', 'fortran_order': False, 'shape': (), }", NpzFile.little(7L)));
        Batch batch = new Batch(shape, new int[1], new int[1], new float[] {0.25f, 0.75f});
        assertThat(network.parameters()).isEqualTo(2 + 4);
        try (DifferentiableClassifier model = Models.load(write("bn.npz", npz.bytes()), Optional.of(network))) {
            // (x - 0.25) / 2 * 2 + 0.5 is 0.5 and 1; (-2x + 3) / 4 - 1 is -0.375 and -0.625
            assertThat(model.logits(batch).values()).containsExactly(0.75f, 0);
            BadInput.refused(
                    () -> ((NetworkClassifier) model).save(folder.resolve("bn.safetensors")),
                    "keep the original file of the model");
        }
    }

    @Test
    void normalizationsAndBiasesHaveToBeWhereTheNetworkHasThem() throws IOException {
        ImageShape shape = new ImageShape(1, 1, 2);
        Path file = npz(normalized());
        for (String[] wrong : new String[][] {
            {"conv 2 k1, batchnorm, global-average-pool", "lacks the tensor conv.bias", "'linear 10 nobias'"},
            {"conv 2 k1 nobias, linear 2, global-average-pool", "linear 2 requires a flat input"},
            {"batchnorm, conv 2 k1 nobias, global-average-pool", "conv.weight has shape"},
            {"conv 2 k1 nobias, global-average-pool", "weights of 2 layers"}
        }) {
            BadInput.refused(
                    () -> Models.load(file, Optional.of(Network.parse(wrong[0], shape))),
                    Arrays.copyOfRange(wrong, 1, wrong.length));
        }
        Map<String, WeightTensor> negative = normalized();
        negative.put("bn.running_var", new WeightTensor(new long[] {2}, new float[] {1, -1}));
        BadInput.refused(
                () -> Models.load(
                        npz(negative),
                        Optional.of(Network.parse("conv 2 k1 nobias, batchnorm, global-average-pool", shape))),
                "bn has the variance -1.0 at position 1");
        Map<String, WeightTensor> withBias = normalized();
        withBias.put("conv.bias", new WeightTensor(new long[] {2}, new float[2]));
        BadInput.refused(
                () -> Models.load(
                        npz(withBias),
                        Optional.of(Network.parse("conv 2 k1 nobias, batchnorm, global-average-pool", shape))),
                "has the tensor conv.bias",
                "remove 'nobias'");
    }

    @Test
    void countersOfSafetensorsAreNoWeights() throws IOException {
        Path file = write("m.safetensors", SafetensorsFile.of("""
                {"0.num_batches_tracked":{"dtype":"I64","shape":[],"data_offsets":[0,8]},"0.weight":{"dtype":"F32","shape":[2,1],"data_offsets":[8,16]},"0.bias":{"dtype":"F32","shape":[2],"data_offsets":[16,24]}}""", 0, 0, 1, 2, 3, 4));
        Batch batch = new Batch(new ImageShape(1, 1, 1), new int[1], new int[1], new float[] {1});
        try (DifferentiableClassifier model = Models.load(file, Optional.of(Network.mlp(1, 2)))) {
            assertThat(model.logits(batch).values()).containsExactly(4, 6);
        }
    }

    @Test
    void otherShapesAreRefused() {
        Map<String, WeightTensor> transposed = Samples.weights(DENSE, 1);
        transposed.put("2.weight", new WeightTensor(new long[] {5, 3}, new float[15]));
        refusedInBothFormats(transposed, DENSE, "tensor 2.weight has shape [5, 3]", "requires [3, 5]");
        Map<String, WeightTensor> column = Samples.weights(DENSE, 1);
        column.put("2.bias", new WeightTensor(new long[] {3, 1}, new float[3]));
        refusedInBothFormats(column, DENSE, "tensor 2.bias has shape [3, 1]", "requires [3]");
        refusedInBothFormats(Samples.weights(DENSE, 1), Network.mlp(36, 6, 3), "[5, 36]", "mlp:36-6-3", "[6, 36]");
        refusedInBothFormats(Samples.weights(DENSE, 1), Network.mlp(36, 5, 5, 3), "weights of 2 layers", "has 3");
        // a network twice as wide is told by its shapes, not taken for an attack on the memory
        refusedInBothFormats(Samples.weights(Network.mlp(36, 10, 3), 1), DENSE, "[10, 36]", "requires [5, 36]");
    }

    @ParameterizedTest
    @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY})
    void brokenWeightsAreRefused(float broken) {
        Map<String, WeightTensor> weights = Samples.weights(DENSE, 1);
        value(weights, "2.bias").values()[1] = broken;
        refusedInBothFormats(weights, DENSE, "tensor 2.bias contains " + broken + " at position 1");
    }

    @Test
    void numbersBeyondFloatsAreRefused() throws IOException {
        Path file = write(
                "m.npz",
                new NpzFile()
                        .stored("0.weight.npy", NpzFile.floats("(2, 1)", 1, 2))
                        .stored(
                                "0.bias.npy",
                                NpzFile.array(
                                        1,
                                        "{'descr': '<f8', 'fortran_order': False, 'shape': (2,), }",
                                        NpzFile.little(1.0, 1e300)))
                        .bytes());
        BadInput.refused(
                () -> Models.load(file, Optional.of(Network.mlp(1, 2))).close(), "m.npz", "0.bias contains Infinity");
    }

    @Test
    void aZipBombIsRefusedBeforeItUnpacks() throws IOException {
        // zeros, more of them than this process may hold
        byte[] bomb = bomb(1200);
        assertThat(bomb).hasSizeLessThan(4_000_000);
        Path file = write("bomb.npz", bomb);
        BadInput.refused(() -> Models.load(file, Optional.of(DENSE)).close(), "bomb.npz", "unpacks to more than");
    }

    private static byte[] bomb(int megabytes) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        byte[] zeros = new byte[1 << 20];
        try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
            zip.putNextEntry(new ZipEntry("0.weight.npy"));
            for (int i = 0; i < megabytes; i++) {
                zip.write(zeros);
            }
        }
        return bytes.toByteArray();
    }

    @Test
    void filesThatAreNoModelAreRefused() throws IOException {
        Path missing = folder.resolve("missing.safetensors");
        BadInput.refused(() -> Models.load(missing).close(), "missing.safetensors");
        Path directory = Files.createDirectory(folder.resolve("folder.npz"));
        BadInput.refused(() -> Models.load(directory, Optional.of(DENSE)).close(), "folder.npz");
        Path unknown = write("model.h5", new byte[10]);
        BadInput.refused(() -> Models.load(unknown).close(), "model.h5", ".safetensors", ".npz", "ONNX", "TorchScript");
        Path without = write("noending", new byte[10]);
        BadInput.refused(() -> Models.load(without).close(), "noending", ".safetensors");
        Path empty = write("empty.safetensors", new byte[0]);
        BadInput.refused(() -> Models.load(empty).close(), "empty.safetensors", "0 bytes");
        Path emptyNpz = write("empty.npz", new byte[0]);
        BadInput.refused(() -> Models.load(emptyNpz, Optional.of(DENSE)).close(), "empty.npz", "is not an npz file");
        Path npz = write(
                "m.npz",
                new NpzFile().stored("a.npy", NpzFile.floats("(1,)", 1)).bytes());
        BadInput.refused(() -> Models.load(npz).close(), "m.npz", "specify the architecture");
        Path bare = write("bare.safetensors", Safetensors.write(Samples.weights(DENSE, 1), Map.of()));
        BadInput.refused(() -> Models.load(bare).close(), "bare.safetensors", "specify the architecture");
        BadInput.refused(
                () -> Models.load(write("m.pt", new byte[10]), Optional.of(DENSE))
                        .close(),
                "m.pt is neither TorchScript nor a PyTorch state dictionary",
                "it begins with the bytes 00 00 00 00 00 00 00 00");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '~', textBlock = """
            gauntlet.input    | 1x6                  | '1x6'
            gauntlet.input    | 1x6x6x6              | '1x6x6x6'
            gauntlet.input    | 0x6x6                | at least 1
            gauntlet.input    | 999999x999999x999999 | too large
            gauntlet.input    | -1x6x6               | '-1x6x6'
            gauntlet.network  | flatten, linear      | 'linear'
            gauntlet.network  | nonsense             | 'nonsense'
            gauntlet.network  | linear 2147483647, linear 3 | parameters
            gauntlet.network  | flatten, linear 9, linear 3 | requires [9, 36]
            gauntlet.training | null                 | training history
            gauntlet.training | {}                   | training history
            gauntlet.training | 5                    | training history
            gauntlet.training | {"data":             | training history
            gauntlet.training | {"data":null,"optimizer":"adam","learningRate":0.1,"batchSize":1,"seed":0,"epochs":[]} | training history
            gauntlet.training | {"data":{},"optimizer":"adam","learningRate":0.1,"batchSize":1,"seed":0,"epochs":[]} | training history
            gauntlet.training | {"data":{"name":"a","split":"b","location":"c","sha256":{"d":null}},"optimizer":"adam","learningRate":0.1,"batchSize":1,"seed":0,"epochs":[]} | training history
            gauntlet.training | {"data":{"name":"a","split":"b","sha256":{}},"optimizer":"adam","learningRate":0.1,"batchSize":1,"seed":0,"epochs":[]} | training history
            gauntlet.training | {"data":{"name":"a","split":"b","location":"c","sha256":{}},"learningRate":0.1,"batchSize":1,"seed":0,"epochs":[]} | training history
            gauntlet.training | {"data":{"name":"a","split":"b","location":"c","sha256":{}},"optimizer":"adam","learningRate":0.1,"batchSize":1,"seed":0} | training history
            gauntlet.training | {"data":{"name":"a","split":"b","location":"c","sha256":{}},"optimizer":"adam","learningRate":0.1,"batchSize":1,"seed":0,"epochs":[null]} | training history
            gauntlet.training | {"data":{"name":"a","split":"b","location":"c","sha256":{}},"optimizer":"adam","learningRate":0.1,"batchSize":1,"seed":0,"epochs":[5]} | training history
            gauntlet.training | {"data":{"name":"a","split":"b","location":"c","sha256":{}},"optimizer":"adam","learningRate":"x","batchSize":1,"seed":0,"epochs":[]} | training history
            """)
    void damagedMetadataIsRefused(String key, String value, String trouble) throws IOException {
        Map<String, String> metadata = new LinkedHashMap<>(ModelMetadata.of(DENSE, Optional.empty(), InputSpec.RAW));
        metadata.put(key, value);
        Path file = write("m.safetensors", Safetensors.write(Samples.weights(DENSE, 1), metadata));
        BadInput.refused(() -> Models.load(file).close(), "m.safetensors", trouble);
    }

    @Test
    void everyTruncationOfASavedModelIsRefused() throws IOException {
        Path file = folder.resolve("m.safetensors");
        try (NetworkClassifier model = Samples.classifier(Network.mlp(2, 2), 1)) {
            model.save(file);
        }
        byte[] whole = Files.readAllBytes(file);
        for (int length = 0; length < whole.length; length++) {
            Files.write(file, Arrays.copyOf(whole, length));
            BadInput.refused(() -> Models.load(file).close(), "m.safetensors");
        }
        Files.write(file, Arrays.copyOf(whole, whole.length + 1));
        BadInput.refused(() -> Models.load(file).close(), "m.safetensors", "its tensors end at");
    }

    private void refusedInBothFormats(Map<String, WeightTensor> tensors, Network network, String... troubles) {
        NpzFile npz = new NpzFile();
        tensors.forEach((name, tensor) -> npz.stored(name + ".npy", npy(tensor)));
        for (Path file :
                List.of(write("m.safetensors", Safetensors.write(tensors, Map.of())), write("m.npz", npz.bytes()))) {
            List<String> texts = new ArrayList<>(List.of(troubles));
            texts.add(String.valueOf(file.getFileName()));
            BadInput.refused(() -> Models.load(file, Optional.of(network)).close(), texts.toArray(String[]::new));
        }
    }

    private static byte[] npy(WeightTensor tensor) {
        String shape = Arrays.toString(tensor.shape()).replace('[', '(').replace("]", ",)");
        return NpzFile.floats(shape, tensor.values());
    }

    private static Map<String, WeightTensor> rename(Map<String, WeightTensor> weights, List<String> layers) {
        Map<String, WeightTensor> renamed = new LinkedHashMap<>();
        int i = 0;
        for (Map.Entry<String, WeightTensor> entry : weights.entrySet()) {
            renamed.put(
                    layers.get(i++ / 2)
                            + entry.getKey().substring(entry.getKey().indexOf('.')),
                    entry.getValue());
        }
        return renamed;
    }

    private static WeightTensor value(Map<String, WeightTensor> weights, String name) {
        WeightTensor tensor = weights.get(name);
        assertThat(tensor).as(name).isNotNull();
        return tensor;
    }

    private Path write(String name, byte[] content) {
        try {
            return Files.write(folder.resolve(name), content);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

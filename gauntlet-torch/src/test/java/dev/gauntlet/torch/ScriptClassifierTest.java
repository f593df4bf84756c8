package dev.gauntlet.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.gauntlet.GauntletException;
import dev.gauntlet.Sha256;
import dev.gauntlet.data.Batch;
import dev.gauntlet.data.ImageShape;
import dev.gauntlet.loss.CrossEntropy;
import dev.gauntlet.loss.Logit;
import dev.gauntlet.loss.Margin;
import dev.gauntlet.model.DifferentiableClassifier;
import dev.gauntlet.model.Gradient;
import dev.gauntlet.model.InputSpec;
import dev.gauntlet.model.ModelCard;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ScriptClassifierTest {
    private static final ImageShape SHAPE = new ImageShape(1, 2, 2);

    /** Three classes of four pixels. */
    private static final Map<String, WeightTensor> LINEAR = Map.of(
            "weight", new WeightTensor(new long[] {3, 4}, new float[] {1, 2, 3, 4, 0, -1, 0, 1, -2, 0, 0.5f, 0}),
            "bias", new WeightTensor(new long[] {3}, new float[] {0.5f, 0, -1}));

    private static final Batch BATCH = new Batch(
            SHAPE, new int[] {0, 1}, new int[] {1, 0}, new float[] {0.25f, 0.5f, 0.75f, 1, 0, 0.125f, 0, 0.5f});

    @TempDir
    private Path folder;

    @Test
    void logitsAndGradientEqualTheClosedForm() throws IOException {
        Path file = script("return torch.linear(x.flatten(1), self.weight, self.bias)");
        double[][] logits = {{8, 0.5, -1.125}, {2.75, 0.375, -1}};
        float[][] weight = {{1, 2, 3, 4}, {0, -1, 0, 1}, {-2, 0, 0.5f, 0}};
        try (DifferentiableClassifier model = Models.load(file)) {
            Gradient gradient = model.gradient(BATCH, new CrossEntropy());
            assertThat(model.logits(BATCH).values())
                    .containsExactly(8, 0.5f, -1.125f, 2.75f, 0.375f, -1)
                    .isEqualTo(gradient.logits().values());
            for (int row = 0; row < 2; row++) {
                double sum = Arrays.stream(logits[row]).map(Math::exp).sum();
                int label = BATCH.labels()[row];
                assertThat(gradient.losses()[row]).isCloseTo(Math.log(sum) - logits[row][label], within(1e-12));
                for (int i = 0; i < 4; i++) {
                    double expected = 0;
                    for (int k = 0; k < 3; k++) {
                        expected += (Math.exp(logits[row][k]) / sum - (k == label ? 1 : 0)) * weight[k][i];
                    }
                    assertThat((double) gradient.pixels()[row * 4 + i]).isCloseTo(expected, within(1e-6));
                }
            }
            ModelCard card = model.card();
            assertThat(card.name()).isEqualTo("m.pt");
            assertThat(card.architecture()).isEqualTo("TorchScript");
            assertThat(card.parameters()).hasValue(15);
            assertThat(card.sha256()).hasValue(Sha256.of(Files.readAllBytes(file)));
            assertThat(card.location()).contains(file.toString());
            assertThat(card.training()).isEmpty();
            assertThat(((TorchClassifier) model).layers()).containsExactlyInAnyOrder("weight  3x4", "bias  3");
        }
    }

    @Test
    void aModuleInTrainingModeIsEvaluated() {
        Path file =
                script("x = torch.dropout(x, 0.5, self.training)", "return torch.linear(x.flatten(1), self.weight)");
        try (DifferentiableClassifier model = Models.load(file)) {
            for (int round = 0; round < 20; round++) {
                assertThat(model.logits(BATCH).values()).containsExactly(7.5f, 0.5f, -0.125f, 2.25f, 0.375f, 0);
                assertThat(model.gradient(BATCH, new CrossEntropy()).logits().values())
                        .containsExactly(7.5f, 0.5f, -0.125f, 2.25f, 0.375f, 0);
            }
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '~', textBlock = """
            return (3, y, y + 1)                               |          | '1' [2, 3], '2' [2, 3]                | 1
            return (3, y + 1, y)                               | 2        | '1' [2, 3], '2' [2, 3]                | 2
            return [y, y + 1]                                  |          | '0' [2, 3], '1' [2, 3]                | 0
            return {'features': x.flatten(1), 'logits': y}     |          | 'features' [2, 4], 'logits' [2, 3]    | logits
            return {'out': y, 'aux': y + 1}                    |          | 'out' [2, 3], 'aux' [2, 3]            | out
            return {'aux_logits': y + 1, 'logits': y}          |          | 'aux_logits' [2, 3], 'logits' [2, 3]  | logits
            return (x, y)                                      |          | '0' [2, 1, 2, 2], '1' [2, 3]          | 1
            return {'aux': y + 1, 'out': y}                    | out      | 'aux' [2, 3], 'out' [2, 3]            | out
            return (y.argmax(1), (y + 1, {'z': y}))            | 1.1.z    | '0' [2], '1.0' [2, 3], '1.1.z' [2, 3] | 1.1.z
            return (y.argmax(1), y)                            |          | '0' [2], '1' [2, 3]                   | 1
            """)
    void oneOfSeveralOutputsIsTakenAndSaid(String line, String wanted, String listed, String taken) {
        Path file = script("y = torch.linear(x.flatten(1), self.weight, self.bias)", line);
        InputSpec contract = wanted == null ? InputSpec.RAW : InputSpec.RAW.withLogits(wanted);
        try (DifferentiableClassifier model = Models.load(file, Optional.empty(), contract, Optional.of(BATCH))) {
            assertThat(model.logits(BATCH).values()).containsExactly(8, 0.5f, -1.125f, 2.75f, 0.375f, -1);
            assertThat(model.gradient(BATCH, new Logit(1)).pixels()).containsExactly(0, -1, 0, 1, 0, -1, 0, 1);
            String said =
                    "The model has several outputs (%s); '%s' is used as the logits; if that is wrong, select another output by name."
                            .formatted(listed, taken);
            // who has chosen need not be told how
            assertThat(model.card().notices()).isEqualTo(wanted == null ? List.of(said) : List.of());
        }
    }

    @Test
    void aSingleOutputInADictionaryIsNoChoice() {
        Path file = script("return {'out': torch.linear(x.flatten(1), self.weight, self.bias)}");
        try (DifferentiableClassifier model = Models.load(file, Optional.empty(), InputSpec.RAW, Optional.of(BATCH))) {
            assertThat(model.logits(BATCH).values()).containsExactly(8, 0.5f, -1.125f, 2.75f, 0.375f, -1);
            assertThat(model.card().notices()).isEmpty();
        }
    }

    /** What a script takes only trying tells; without batch normalisation over a single side or a view it takes images. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '~', textBlock = """
            assert x.dim() == 2                 | return torch.linear(x, self.weight, self.bias)                       | a row of numbers, because
            assert x.dim() == 3 and x.size(2) == 2 | return torch.linear(x.flatten(1), self.weight, self.bias)         | rows and columns, without channels
            assert x.dim() == 3 and x.size(2) == 1 | return torch.linear(x.flatten(1), self.weight, self.bias)         | a column of numbers
            assert x.dim() == 1                 | return torch.linear(x, self.weight, self.bias)                       | a row of numbers, without a batch dimension
            assert x.dim() == 3 and x.size(0) == 1 and x.size(1) == 2 | return torch.linear(x.flatten(), self.weight, self.bias) | rows and columns, without channels
            """)
    void aScriptIsGivenWhatItTakes(String check, String line, String notice) {
        Path file = script(check, line);
        try (DifferentiableClassifier model = Models.load(file, Optional.empty(), InputSpec.RAW, Optional.of(BATCH))) {
            assertThat(model.logits(BATCH).values()).containsExactly(8, 0.5f, -1.125f, 2.75f, 0.375f, -1);
            assertThat(model.gradient(BATCH, new Logit(1)).pixels()).containsExactly(0, -1, 0, 1, 0, -1, 0, 1);
            assertThat(String.join(" ", model.card().notices())).contains(notice);
        }
    }

    @Test
    void anOutputThatIsNotThereIsRefusedByName() {
        Path several = script("return {'a': x.flatten(1), 'b': x}");
        Path single = Scripts.write(folder.resolve("single.pt"), LINEAR, "return x.flatten(1)");
        InputSpec contract = InputSpec.RAW.withLogits("logits");

        BadInput.refused(
                () -> Models.load(several, Optional.empty(), contract, Optional.of(BATCH)),
                "m.pt",
                "no output 'logits'; it has 'a' [2, 4], 'b' [2, 1, 2, 2]");
        BadInput.refused(
                () -> Models.load(single, Optional.empty(), contract, Optional.of(BATCH)),
                "single.pt",
                "no output 'logits'; it has a single one");
    }

    /** The exact logits are those before the sigmoid or softmax. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '~', textBlock = """
            return torch.sigmoid(z)                                  | after a sigmoid
            return torch.sigmoid(z).reshape(-1, 3, 1, 1)             | after a sigmoid
            return torch.softmax(z, 1)                               | returns probabilities
            return torch.exp(z) / torch.exp(z).sum(1, True)          | returns probabilities
            return torch.softmax(z, 1).double()                      | returns probabilities
            """)
    void probabilitiesAreInverted(String line, String notice) {
        Path file = script("z = torch.linear(x.flatten(1), self.weight, self.bias)", line);
        try (DifferentiableClassifier model = Models.load(file, Optional.empty(), InputSpec.RAW, Optional.of(BATCH))) {
            float[] logits = model.logits(BATCH).values();
            float[] expected = {8, 0.5f, -1.125f, 2.75f, 0.375f, -1};
            boolean isSoftmax = notice.equals("returns probabilities");
            for (int row = 0; row < 2; row++) {
                double shift = isSoftmax ? logits[3 * row] - expected[3 * row] : 0;
                for (int k = 0; k < 3; k++) {
                    assertThat((double) logits[3 * row + k]).isCloseTo(expected[3 * row + k] + shift, within(1e-4));
                }
            }
            float[] slope = model.gradient(BATCH, new Margin()).pixels();
            try (DifferentiableClassifier plain = Models.load(Scripts.write(
                    folder.resolve("plain.pt"), LINEAR, "return torch.linear(x.flatten(1), self.weight, self.bias)"))) {
                assertThat(slope)
                        .usingComparatorWithPrecision(1e-3f)
                        .containsExactly(plain.gradient(BATCH, new Margin()).pixels());
            }
            assertThat(model.card().notices()).singleElement().asString().contains(notice);
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '~', textBlock = """
            return z                             | 8, 2.75      | is used as the logit of class 1
            return z[:, 0]                       | 8, 2.75      | is used as the logit of class 1
            return torch.sigmoid(z)              | 8, 2.75      | as the probability of class 1
            return torch.sigmoid(z).flatten()    | 8, 2.75      | as the probability of class 1
            return 1 / (1 + torch.exp(-z))       | 8, 2.75      | as the probability of class 1
            return z.reshape(-1, 1, 1, 1)        | 8, 2.75      | is used as the logit of class 1
            return z.squeeze()                   | 8, 2.75      | is used as the logit of class 1
            return torch.sigmoid(z).squeeze()    | 8, 2.75      | as the probability of class 1
            """)
    void oneOutputIsTwoClasses(String line, String logits, String notice) {
        Path file = script("z = torch.linear(x.flatten(1), self.weight, self.bias)[:, 0:1]", line);
        String[] expected = logits.split(", ", -1);
        try (DifferentiableClassifier model = Models.load(file, Optional.empty(), InputSpec.RAW, Optional.of(BATCH))) {
            for (int row = 0; row < 2; row++) {
                assertThat(model.logits(BATCH).values()[2 * row]).isZero();
                assertThat(model.logits(BATCH).values()[2 * row + 1])
                        .isCloseTo(Float.parseFloat(expected[row]), within(1e-3f));
            }
            float[] slope = model.gradient(BATCH, new Logit(1)).pixels();
            for (int i = 0; i < 4; i++) {
                assertThat(slope[i]).isCloseTo(LINEAR.get("weight").values()[i], within(1e-2f));
            }
            assertThat(model.card().notices()).singleElement().asString().contains(notice);
        }
    }

    @Test
    void aModelThatGivesOnlyTheClassHasNoLogitsButItsAnswer() {
        Path file = script("return torch.linear(x.flatten(1), self.weight, self.bias).argmax(1)");
        try (DifferentiableClassifier model =
                Models.load(file, Optional.empty(), InputSpec.RAW, Optional.of(BATCH), 3)) {
            assertThat(model.givesOnlyClasses()).isTrue();
            assertThat(model.logits(BATCH).values()).containsExactly(0, -1, -1, 0, -1, -1);
            BadInput.refused(() -> model.gradient(BATCH, new Logit(1)), "m.pt", "have no gradient");
        }
        Path high = Scripts.write(folder.resolve("high.pt"), LINEAR, "return torch.full([x.size(0)], 7)");
        try (DifferentiableClassifier model =
                Models.load(high, Optional.empty(), InputSpec.RAW, Optional.of(BATCH), 3)) {
            BadInput.refused(() -> model.logits(BATCH), "high.pt", "returned 7 although there are 3 classes (0 to 2)");
        }
    }

    @Test
    void aFrozenModuleIsEvaluated() {
        Path file = Scripts.writeFunction(
                folder.resolve("frozen.pt"),
                LINEAR,
                false,
                "def forward(self, x):\n  return torch.linear(x.flatten(1), self.weight)\n");
        try (DifferentiableClassifier model = Models.load(file)) {
            assertThat(model.logits(BATCH).values()).containsExactly(7.5f, 0.5f, -0.125f, 2.25f, 0.375f, 0);
        }
    }

    /** The interpreter optimises a script while it runs; the numbers must not change with that, nor with threads. */
    @Test
    void repetitionAndThreadsGiveTheSameBits() throws ExecutionException, InterruptedException {
        Network network = Samples.network(new ImageShape(1, 12, 12), "conv 8 k3, flatten, linear 4");
        Map<String, WeightTensor> weights = Samples.weights(network, 3);
        List<WeightTensor> tensors = List.copyOf(weights.values());
        Path file = Scripts.write(
                folder.resolve("c.pt"),
                Map.of("a", tensors.get(0), "b", tensors.get(1), "c", tensors.get(2), "d", tensors.get(3)),
                "x = torch.conv2d(x, self.a, self.b)",
                "x = torch.tanh(x) * torch.sigmoid(x) + x",
                "return torch.linear(x.flatten(1), self.c, self.d)");
        Batch batch = Samples.batch(network.input(), 4, 60, 1);
        ExecutorService threads = Executors.newFixedThreadPool(3);
        try (DifferentiableClassifier model = Models.load(file)) {
            Gradient first = model.gradient(batch, new CrossEntropy());
            List<Future<Gradient>> futures = new ArrayList<>();
            for (int i = 0; i < 30; i++) {
                futures.add(threads.submit(() -> model.gradient(batch, new CrossEntropy())));
            }
            for (Future<Gradient> future : futures) {
                assertThat(future.get().logits().values())
                        .isEqualTo(first.logits().values());
                assertThat(future.get().pixels()).isEqualTo(first.pixels());
            }
            assertThat(model.logits(batch).values()).isEqualTo(first.logits().values());
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void largeBatchesAreTheSameAsTheirExamples() {
        Path file = script("return torch.linear(x.flatten(1), self.weight, self.bias)");
        Batch batch = Samples.batch(SHAPE, 3, 501, 1);
        try (DifferentiableClassifier model = Models.load(file)) {
            Gradient whole = model.gradient(batch, new CrossEntropy());
            assertThat(whole.logits().size()).isEqualTo(501);
            for (int row : new int[] {0, 249, 250, 499, 500}) {
                Gradient alone = model.gradient(Samples.slice(batch, row, row + 1), new CrossEntropy());
                for (int k = 0; k < 3; k++) {
                    assertThat(whole.logits().values()[row * 3 + k])
                            .isCloseTo(alone.logits().values()[k], within(1e-5f));
                }
                for (int i = 0; i < 4; i++) {
                    assertThat(whole.pixels()[row * 4 + i]).isCloseTo(alone.pixels()[i], within(1e-5f));
                }
            }
            assertThat(model.logits(Samples.slice(batch, 0, 0)).size()).isZero();
            assertThat(model.gradient(Samples.slice(batch, 0, 0), new CrossEntropy())
                            .pixels())
                    .isEmpty();
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '~', textBlock = """
            return x.flatten()                                  | shape [8] for 2 images
            return x                                            | shape [2, 1, 2, 2] for 2 images
            return x.flatten(1).repeat(2, 1)                    | shape [4, 4] for 2 images
            return x.flatten(1).transpose(0, 1)                 | shape [4, 2] for 2 images
            return x.flatten(1)[0:1]                            | shape [1, 4] for 2 images
            return x.flatten(1)[:, 0:1]                         | 1 numbers per image; expected one logit per class
            return x.sum()                                      | shape [] for 2 images
            return torch.linear(x.flatten(1), self.weight) > 0      | type Bool
            return 5, x.size(0)                                 | returns Tuple
            return 5                                            | returns Int
            return {'a': 5}                                     | returns GenericDict
            return {'a': x}                                     | shape [2, 1, 2, 2] for 2 images
            return torch.mm(x.flatten(1), self.weight)             | mat1 and mat2 shapes cannot be multiplied
            return x.reshape(7, 3)                              | shape '[7, 3]' is invalid
            return x[5].flatten(1)                              | index 5 out of range
            assert x.size(0) > 1000, 'luck'                     | luck
            """)
    void badOutputsAreRefused(String line, String trouble) {
        boolean asserts = line.startsWith("assert");
        Path file = asserts ? script(line, "return x.flatten(1)") : script(line);
        try (DifferentiableClassifier model = Models.load(file)) {
            BadInput.refused(() -> model.logits(BATCH), "m.pt", trouble);
            BadInput.refused(() -> model.gradient(BATCH, new CrossEntropy()), "m.pt", trouble);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "return torch.linear(x.flatten(1), self.weight).detach()",
                "return torch.ones([x.size(0), 3])",
                "return torch.argmax(x.flatten(1), 1, True).float() * torch.ones([x.size(0), 3])",
            })
    void modelsWithoutAnInputGradientAreRefused(String line) {
        try (DifferentiableClassifier model = Models.load(script(line))) {
            assertThat(model.logits(BATCH).size()).isEqualTo(2);
            BadInput.refused(() -> model.gradient(BATCH, new CrossEntropy()), "m.pt", "gradient");
        }
    }

    @Test
    void aGradientThatMissesTheImagesIsRefused() {
        Path file = Scripts.writeFunction(
                folder.resolve("m.pt"),
                Map.of("free", new WeightTensor(new long[] {1, 3}, new float[] {1, 2, 3})),
                true,
                "def forward(self, x):\n  return self.free.requires_grad_() * torch.ones([x.size(0), 3])\n");
        try (DifferentiableClassifier model = Models.load(file)) {
            BadInput.refused(() -> model.gradient(BATCH, new CrossEntropy()), "m.pt");
        }
    }

    @Test
    void otherForwardFunctionsAreRefused() {
        Path none =
                Scripts.writeFunction(folder.resolve("none.pt"), LINEAR, true, "def backward(self, x):\n  return x\n");
        Path two =
                Scripts.writeFunction(folder.resolve("two.pt"), LINEAR, true, "def forward(self, x, y):\n  return x\n");
        Path text = Scripts.writeFunction(
                folder.resolve("text.pt"), LINEAR, true, "def forward(self, x: List[int]):\n  return x\n");
        for (Path file : List.of(none, two, text)) {
            String name = String.valueOf(file.getFileName());
            BadInput.refused(
                    () -> {
                        try (DifferentiableClassifier model = Models.load(file)) {
                            model.logits(BATCH);
                        }
                    },
                    name);
        }
    }

    @Test
    void filesThatAreNoTorchScriptAreRefused() throws IOException {
        byte[] good = Files.readAllBytes(script("return x.flatten(1)"));
        IdentityHashMap<byte[], String> contents = new IdentityHashMap<>();
        contents.put(new byte[0], "neither TorchScript nor a PyTorch state dictionary (it is empty)");
        contents.put("hello".getBytes(StandardCharsets.UTF_8), "neither TorchScript nor a PyTorch state dictionary");
        contents.put(
                "a longer text\nof several lines\n".repeat(1000).getBytes(StandardCharsets.UTF_8),
                "(it is a text file)");
        contents.put(new byte[] {1, 2, 3}, "begins with the bytes 01 02 03");
        contents.put(Arrays.copyOf(good, good.length / 2), "bad.pt");
        contents.put(Arrays.copyOf(good, good.length - 1), "bad.pt");
        contents.forEach((content, reason) -> {
            for (Optional<Network> network : List.of(Optional.<Network>empty(), Optional.of(Network.mlp(4, 3)))) {
                Path file = write("bad.pt", content);
                BadInput.refused(() -> Models.load(file, network).close(), "bad.pt", reason);
            }
        });
        for (String ending : new String[] {"bad.pt", "bad.torchscript"}) {
            Path cut = write(ending, Arrays.copyOf(good, good.length / 2));
            BadInput.refused(() -> Models.load(cut).close(), ending);
        }
        Path missing = folder.resolve("missing.pt");
        BadInput.refused(() -> Models.load(missing).close(), "missing.pt");
        Path directory = Files.createDirectory(folder.resolve("folder.pt"));
        BadInput.refused(() -> Models.load(directory).close(), "folder.pt");
        BadInput.refused(
                () -> Models.load(folder.resolve("m.pt"), Optional.of(Network.mlp(4, 3)))
                        .close(),
                "m.pt");
    }

    @Test
    void aClosedModelSaysSo() {
        DifferentiableClassifier model = Models.load(script("return x.flatten(1)"));
        model.close();
        model.close();
        assertThatThrownBy(() -> model.logits(BATCH))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("m.pt is closed");
        assertThatThrownBy(() -> model.gradient(BATCH, new CrossEntropy()))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("m.pt is closed");
    }

    private Path write(String name, byte[] content) {
        try {
            return Files.write(folder.resolve(name), content);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Path script(String... lines) {
        return Scripts.write(folder.resolve("m.pt"), LINEAR, lines);
    }

    @Test
    void probabilitiesBecomeLogits() throws IOException {
        Path file = script("return torch.softmax(torch.linear(x.flatten(1), self.weight, self.bias), 1)");
        Path logits = Scripts.write(
                folder.resolve("logits.pt"), LINEAR, "return torch.linear(x.flatten(1), self.weight, self.bias)");
        try (DifferentiableClassifier model = Models.load(file, Optional.empty(), InputSpec.RAW, Optional.of(BATCH));
                DifferentiableClassifier plain = Models.load(logits)) {
            assertThat(model.card().notices())
                    .singleElement()
                    .asString()
                    .startsWith("The model returns probabilities;");
            float[] gradient = model.gradient(BATCH, new CrossEntropy()).pixels();
            float[] expected = plain.gradient(BATCH, new CrossEntropy()).pixels();
            for (int i = 0; i < gradient.length; i++) {
                assertThat(gradient[i]).isCloseTo(expected[i], within(1e-4f));
            }
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            torch.dropout(x, 0.5, True)       | returns different outputs for the same images
            x - x.mean(0)                     | returns different outputs for an image in another batch
            """)
    void trainingIsNoticed(String expression, String reason) throws IOException {
        Path file = script("y = " + expression, "return torch.linear(y.flatten(1), self.weight, self.bias)");

        assertThatThrownBy(() -> Models.load(file, Optional.empty(), InputSpec.RAW, Optional.of(BATCH)))
                .isInstanceOf(GauntletException.class)
                .hasMessageContaining(reason)
                .hasMessageContaining("export it after model.eval()");
    }

    @Test
    void contractIsAPartOfTheModel() throws IOException {
        Path file = script("return torch.linear(x.flatten(1), self.weight, self.bias)");
        InputSpec contract = InputSpec.RAW.withNormalization(List.of(0.5), List.of(0.25));
        try (DifferentiableClassifier model = Models.load(file, Optional.empty(), contract, Optional.of(BATCH))) {
            // (0.25 - 0.5) / 0.25 = -1, then 0, 1 and 2
            assertThat(model.logits(BATCH).values()[0]).isEqualTo(-1 + 0 + 3 + 8 + 0.5f);
        }
    }

    private DifferentiableClassifier tried(Path file) {
        return Models.load(file, Optional.empty(), InputSpec.RAW, Optional.of(BATCH));
    }

    @ParameterizedTest
    @ValueSource(strings = {"cuda:0", "cuda:1", "mps:0", "xpu:0"})
    void weightsAndConstantsSavedOnAnotherDeviceAreMappedOntoTheCpu(String device) throws IOException {
        Path file = Scripts.movedTo(device, script("return torch.linear(x.flatten(1), self.weight, self.bias)"));
        try (DifferentiableClassifier model = tried(file);
                DifferentiableClassifier untried = Models.load(file)) {
            assertThat(model.logits(BATCH).values()).containsExactly(8, 0.5f, -1.125f, 2.75f, 0.375f, -1);
            assertThat(untried.logits(BATCH).values())
                    .isEqualTo(model.logits(BATCH).values());
            assertThat(model.gradient(BATCH, new Logit(1)).pixels()).containsExactly(0, -1, 0, 1, 0, -1, 0, 1);
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            y * torch.ones([3], device=torch.device('cpu')) | torch.device("cpu") | torch.device("cuda:0") | cuda:0
            y.to(torch.device('cpu'))                       | torch.device("cpu") | torch.device("cuda")   | cuda
            y.to('cpu')                                     | "cpu"               | "mps:0"                | mps:0
            y.cpu()                                         | torch.cpu(          | torch.cuda(            | cuda
            """)
    void deviceWrittenIntoTheProgramIsRefusedByName(String expression, String cpu, String gpu, String device)
            throws IOException {
        Path file = Scripts.edit(
                script("y = torch.linear(x.flatten(1), self.weight)", "return " + expression),
                (name, content) -> name.endsWith(".py") ? content.replace(cpu, gpu) : content);
        String reason = "the device %s is hard-coded in the program; trace it on the CPU".formatted(device);

        BadInput.refused(() -> tried(file).close(), "m.pt", reason);
        try (DifferentiableClassifier model = Models.load(file)) {
            BadInput.refused(() -> model.logits(BATCH), reason);
            BadInput.refused(() -> model.gradient(BATCH, new CrossEntropy()), reason);
        }
    }

    /** All numbers of this network and its images have few enough digits for each type. */
    @ParameterizedTest
    @CsvSource({"Double, float64", "Half, float16", "BFloat16, bfloat16"})
    void otherTypesOfFloatsAreFedInTheirType(ScalarType type, String name) throws IOException {
        Path file = Scripts.write(
                folder.resolve("typed.pt"), type, LINEAR, "return torch.linear(x.flatten(1), self.weight, self.bias)");
        for (DifferentiableClassifier model : List.of(tried(file), Models.load(file))) {
            try (model) {
                assertThat(model.logits(BATCH).values()).containsExactly(8, 0.5f, -1.125f, 2.75f, 0.375f, -1);
                assertThat(model.gradient(BATCH, new Logit(1)).pixels()).containsExactly(0, -1, 0, 1, 0, -1, 0, 1);
                assertThat(model.card().notices())
                        .containsExactly(
                                "The model computes in %s; the images are converted to it, and its logits to float32."
                                        .formatted(name));
            }
        }
    }

    /** A model that converts by itself must not be given rounded images. */
    @Test
    void modelThatConvertsByItselfIsGivenFloats() throws IOException {
        Path file = Scripts.write(
                folder.resolve("mixed.pt"),
                ScalarType.Half,
                LINEAR,
                "y = (x - 0.5).half()",
                "return torch.linear(y.flatten(1), self.weight, self.bias).double()");
        try (DifferentiableClassifier model = tried(file)) {
            assertThat(model.logits(BATCH).values()).containsExactly(3, 0.5f, -0.375f, -2.25f, 0.375f, -0.25f);
            assertThat(model.card().notices()).isEmpty();
        }
    }

    @Test
    void typeWithoutAnOperationIsRefusedByName() throws IOException {
        Path file = Scripts.write(
                folder.resolve("typed.pt"),
                ScalarType.Half,
                LINEAR,
                "y = torch.linear(x.flatten(1), self.weight)",
                "return torch.linalg_inv(torch.mm(y.t(), y))[0:2] + y");
        BadInput.refused(() -> tried(file).close(), "typed.pt", "Half", "export it after model.float()");
    }

    @Test
    void modelForOneImageIsAskedAboutOneAtATime() throws IOException {
        Path file = script("return torch.linear(x.reshape(1, 4), self.weight, self.bias)");
        try (DifferentiableClassifier model = tried(file)) {
            assertThat(model.logits(BATCH).values()).containsExactly(8, 0.5f, -1.125f, 2.75f, 0.375f, -1);
            assertThat(model.gradient(BATCH, new Logit(1)).pixels()).containsExactly(0, -1, 0, 1, 0, -1, 0, 1);
            assertThat(model.card().notices())
                    .containsExactly(
                            "The model works for a single image only, so it is queried with one image at a time, which is slow; export it for any batch size.");
        }
        Path two = script("return torch.linear(x.reshape(3, 4), self.weight, self.bias)");
        BadInput.refused(() -> tried(two).close(), "shape '[3, 4]' is invalid for input of size 8");
    }

    @Test
    void weightsThatAreNoNumbersAreRefused() throws IOException {
        Path file = Scripts.write(
                folder.resolve("nan.pt"),
                Map.of("weight", new WeightTensor(new long[] {2}, new float[] {1, Float.NaN})),
                "return x.flatten(1) * self.weight[0]");
        BadInput.refused(() -> Models.load(file).close(), "nan.pt: the tensor weight contains NaN");
    }
}

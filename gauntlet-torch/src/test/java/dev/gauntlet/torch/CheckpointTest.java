package dev.gauntlet.torch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gauntlet.data.Batch;
import dev.gauntlet.data.ImageShape;
import dev.gauntlet.model.DifferentiableClassifier;
import dev.gauntlet.model.InputSpec;
import dev.gauntlet.torch.PickleFile.Call;
import dev.gauntlet.torch.PickleFile.Made;
import dev.gauntlet.torch.PickleFile.ModuleClass;
import dev.gauntlet.torch.PickleFile.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Files as training scripts write them: a dictionary of weights among other things, from any version and device. */
class CheckpointTest {
    private static final Network NETWORK = Network.parse("mlp:4-3");

    /** Three classes of four pixels. */
    private static final WeightTensor WEIGHT =
            new WeightTensor(new long[] {3, 4}, new float[] {1, 2, 3, 4, 0, -1, 0, 1, -2, 0, 0.5f, 0});

    private static final WeightTensor BIAS = new WeightTensor(new long[] {3}, new float[] {0.5f, 0, -1});

    private static final WeightTensor SCORE = new WeightTensor(new long[0], new float[] {0.9f});

    private static final Batch BATCH =
            new Batch(new ImageShape(1, 2, 2), new int[1], new int[1], new float[] {0.25f, 0.5f, 0.75f, 1});

    private static final List<Function<Object, byte[]>> FORMATS = List.of(PickleFile::zip, PickleFile::legacy);

    @TempDir
    private Path folder;

    private static Map<String, Object> weights(String prefix, Function<WeightTensor, Object> tensor) {
        Map<String, Object> weights = new LinkedHashMap<>();
        weights.put(prefix + "0.weight", tensor.apply(WEIGHT));
        weights.put(prefix + "0.bias", tensor.apply(BIAS));
        return weights;
    }

    private static Map<String, Object> weights() {
        return weights("", Tensor::of);
    }

    /** The same names and shapes, with other numbers. */
    private static Map<String, Object> others() {
        return weights("", tensor -> Tensor.of(new WeightTensor(tensor.shape(), new float[tensor.values().length])));
    }

    private static Map<String, Object> optimizer() {
        return Map.of("state", Map.of(0, Map.of("step", 7, "exp_avg", Tensor.of(WEIGHT))), "lr", 0.1);
    }

    private Path write(String name, byte[] content) throws IOException {
        return Files.write(folder.resolve(name), content);
    }

    /** Requires that a file in both formats gives the logits of the weights above. */
    private List<String> loaded(Object root) throws IOException {
        List<String> notices = List.of();
        for (Function<Object, byte[]> format : FORMATS) {
            Path file = write("m.pth.tar", format.apply(root));
            try (DifferentiableClassifier model = Models.load(file, Optional.of(NETWORK))) {
                assertThat(model.logits(BATCH).values()).containsExactly(8, 0.5f, -1.125f);
                notices = model.card().notices();
            }
        }
        return notices;
    }

    private void refused(Object root, String... texts) throws IOException {
        for (Function<Object, byte[]> format : FORMATS) {
            Path file = write("m.pt", format.apply(root));
            for (Optional<Network> network : List.of(Optional.of(NETWORK), Optional.<Network>empty())) {
                BadInput.refused(() -> Models.load(file, network).close(), texts);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"state_dict", "model_state_dict", "model", "net", "network", "params", "module"})
    void dictionaryUnderAUsualKeyIsTakenWhateverLiesBesideIt(String key) throws IOException {
        Map<String, Object> checkpoint = new LinkedHashMap<>();
        checkpoint.put("best_acc", Tensor.of(SCORE));
        checkpoint.put("epoch", 3);
        checkpoint.put("args", new Made("argparse Namespace"));
        checkpoint.put("score", new Call("numpy.core.multiarray scalar", List.of("f8", 1)));
        checkpoint.put("history", new Call("collections Counter", List.of(Map.of("a", 1))));
        checkpoint.put("optimizer", optimizer());
        checkpoint.put(key, weights("module.", Tensor::of));
        checkpoint.put("scheduler", new Made("torch.optim.lr_scheduler StepLR"));

        assertThat(loaded(checkpoint)).isEmpty();
    }

    @Test
    void nestedDictionariesAreSearched() throws IOException {
        assertThat(loaded(Map.of("model", Map.of("state_dict", weights())))).isEmpty();
        assertThat(loaded(Map.of("experiment", Map.of("my_net", weights(), "optimizer", optimizer()))))
                .containsExactly("The weights were taken from the file's dictionary under 'experiment.my_net'.");
        assertThat(loaded(List.of(3, weights())))
                .containsExactly("The weights were taken from the file's dictionary under '1'.");
    }

    @Test
    void weightsComeBeforeTheirAverages() throws IOException {
        Map<String, Object> checkpoint = new LinkedHashMap<>();
        checkpoint.put("state_dict_ema", others());
        checkpoint.put("model", others());
        checkpoint.put("state_dict", weights());

        assertThat(loaded(checkpoint))
                .containsExactly(
                        "The file has several dictionaries of weights; 'state_dict' was used, not 'model', 'state_dict_ema'. To evaluate another one, save it separately.");
        assertThat(loaded(Map.of("state_dict_ema", weights()))).isEmpty();
    }

    @Test
    void severalDictionariesOfOtherNamesAreRefused() throws IOException {
        Map<String, Object> checkpoint = new LinkedHashMap<>();
        checkpoint.put("generator", weights());
        checkpoint.put("discriminator", weights());

        refused(checkpoint, "several dictionaries of weights ('generator', 'discriminator')");
        refused(Map.of("epoch", 3, "optimizer", optimizer()), "contains no dictionary of tensors");
    }

    /** Before 0.4 a tensor was rebuilt from four arguments, and Python 2 gave a dictionary its entries as pairs. */
    @Test
    void filesOfOldVersionsAreRead() throws IOException {
        Map<String, Object> old = weights("", tensor -> new Tensor("torch._utils _rebuild_tensor", "cpu", tensor));
        loaded(old);
        loaded(weights("", tensor -> new Call("torch.nn.parameter Parameter", List.of(Tensor.of(tensor)))));
        loaded(weights(
                "", tensor -> new Call("torch._utils _rebuild_parameter", List.of(Tensor.of(tensor), 1, Map.of()))));
        List<List<Object>> pairs = old.entrySet().stream()
                .map(entry -> List.of(entry.getKey(), entry.getValue()))
                .toList();
        loaded(new Call("collections OrderedDict", List.of(pairs)));
    }

    @Test
    void weightsSavedOnAGpuAreRead() throws IOException {
        for (String device : List.of("cuda:0", "mps", "xla:1")) {
            loaded(weights("", tensor -> new Tensor("torch._utils _rebuild_tensor_v2", device, tensor)));
        }
    }

    @Test
    void wholeModelsAreRefusedByTheirClass() throws IOException {
        for (Object whole : List.of(new Made("__main__ Net"), new ModuleClass("__main__ Net"))) {
            String[] reason = {
                "m.pt contains a whole pickled model of the class __main__.Net",
                "save model.state_dict()",
                "TorchScript or ONNX"
            };
            refused(whole, reason);
            refused(Map.of("epoch", 3, "model", whole), reason);
        }
    }

    @Test
    void namesThatAttackAreRefusedEvenBesideTheWeights() throws IOException {
        for (String name : List.of("os system", "posix system", "builtins exec", "subprocess Popen", "os.path join")) {
            refused(
                    Map.of("state_dict", weights(), "extra", new Call(name, List.of("touch /tmp/x"))),
                    "names '%s'".formatted(name),
                    "no code was run");
        }
    }

    @Test
    void weightsOfAnUnknownKindAreRefusedByName() throws IOException {
        Map<String, Object> strange = weights();
        strange.put("0.bias", new Call("torch._utils _rebuild_qtensor", List.of(1)));
        for (Function<Object, byte[]> format : FORMATS) {
            Path file = write("m.pt", format.apply(strange));
            BadInput.refused(
                    () -> Models.load(file, Optional.of(NETWORK)).close(),
                    "tensor 0.bias is created by 'torch._utils _rebuild_qtensor'");
        }
    }

    @Test
    void storagesThatNoWeightNeedsAreNotUnpacked() throws IOException {
        Map<String, Object> checkpoint = new LinkedHashMap<>();
        checkpoint.put("state_dict", weights());
        checkpoint.put("large", Tensor.of(new WeightTensor(new long[] {1 << 20}, new float[1 << 20])));
        Path file = write("m.pt", PickleFile.zip(checkpoint));

        assertThat(StateDict.open(file).read(1000)).containsOnlyKeys("0.weight", "0.bias");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            norm.mean | norm.std | 0.5   | 0.25 | specify it (mean 0.5, std 0.25), or specify mean 0 and std 1 for none
            mean      | std      | 127.5 | 64   | specify it (input maximum 255, mean 127.5, std 64)
            0.mean    | 0.std    | 0.5   | -1   | specify its mean and std
            pixel_mean| pixel_std| 0.5   | 0.25 | (pixel_mean 0.5, pixel_std 0.25)
            """)
    void normaliserIsNeverDropped(String mean, String std, float center, float width, String reason)
            throws IOException {
        Map<String, Object> checkpoint = new LinkedHashMap<>();
        checkpoint.put(mean, Tensor.of(new WeightTensor(new long[] {1, 1, 1}, new float[] {center})));
        checkpoint.put(std, Tensor.of(new WeightTensor(new long[] {1}, new float[] {width})));
        checkpoint.putAll(weights("model.", Tensor::of));
        Path file = write("m.pt", PickleFile.zip(checkpoint));
        Network named = NETWORK.withWeightNames(List.of("model.0"));

        for (Network network : List.of(NETWORK, named)) {
            BadInput.refused(
                    () -> Models.load(file, Optional.of(network)).close(), "m.pt contains a normalizer", mean, reason);
        }
    }

    @Test
    void normaliserThatIsGivenIsApplied() throws IOException {
        Map<String, Object> checkpoint = new LinkedHashMap<>(weights());
        checkpoint.put("mean", Tensor.of(new WeightTensor(new long[] {1}, new float[] {0.1f})));
        checkpoint.put("std", Tensor.of(new WeightTensor(new long[] {1}, new float[] {0.5f})));
        Path file = write("m.pt", PickleFile.zip(checkpoint));
        var same = InputSpec.RAW.withNormalization(List.of(0.1), List.of(0.5));
        var none = InputSpec.RAW.withNormalization(List.of(0.0), List.of(1.0));
        try (DifferentiableClassifier model = Models.load(file, Optional.of(NETWORK), same, Optional.empty());
                DifferentiableClassifier without = Models.load(file, Optional.of(NETWORK), none, Optional.empty())) {
            // twice the logit without its bias, less 0.2 for each weight, and the bias
            assertThat(model.logits(BATCH).values()[0]).isEqualTo(2 * 7.5f - 0.2f * 10 + 0.5f);
            assertThat(model.card().notices()).isEmpty();
            assertThat(without.logits(BATCH).values()[0]).isEqualTo(8);
            assertThat(without.card().notices())
                    .containsExactly(
                            "The file contains a normalizer (mean 0.1, std 0.5), but the given normalization is used instead.");
        }
    }

    @Test
    void tensorsThatNamedLayersLeaveOutAreSaid() throws IOException {
        Map<String, Object> checkpoint = new LinkedHashMap<>(weights());
        checkpoint.put("head.weight", Tensor.of(WEIGHT));
        checkpoint.put("temperature", Tensor.of(SCORE));
        Path file = write("m.pt", PickleFile.zip(checkpoint));
        try (DifferentiableClassifier model = Models.load(file, Optional.of(NETWORK.withWeightNames(List.of("0"))))) {
            assertThat(model.card().notices())
                    .containsExactly(
                            "The tensors head.weight, temperature of the file belong to no layer of the network and are not used.");
        }
    }
}

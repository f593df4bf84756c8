package dev.gauntlet.bounds;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.gauntlet.GauntletException;
import dev.gauntlet.RandomKey;
import dev.gauntlet.data.Batch;
import dev.gauntlet.data.ImageShape;
import dev.gauntlet.model.Classifier;
import dev.gauntlet.model.InputSpec;
import dev.gauntlet.model.LayerGraph;
import dev.gauntlet.onnx.OnnxModels;
import dev.gauntlet.torch.Models;
import dev.gauntlet.torch.Network;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The graph of a model computes what the model computes. */
class LayerGraphTest {
    private static final InputSpec NORMALIZED = InputSpec.RAW.withNormalization(List.of(0.1307), List.of(0.3081));

    private static Path weights(String name) {
        String folder = System.getenv("GAUNTLET_CONFORMANCE");
        assumeTrue(folder != null, "GAUNTLET_CONFORMANCE is not set");
        return Path.of(folder, name);
    }

    private static Batch random(ImageShape shape, int count) {
        SplittableRandom random = RandomKey.of(1).generator();
        float[] pixels = new float[count * shape.size()];
        for (int i = 0; i < pixels.length; i++) {
            pixels[i] = (float) random.nextDouble();
        }
        return new Batch(shape, new int[count], new int[count], pixels);
    }

    private static void requireSame(Classifier model, Batch batch) {
        float[] expected = model.logits(batch).values();
        try (PointerScope scope = new PointerScope();
                NoGradGuard guard = new NoGradGuard();
                BoundGraph graph = BoundGraph.of("model", model.layerGraph().orElseThrow())) {
            double[] found = Doubles.read(graph.logits(
                    Doubles.of(batch.pixels(), batch.size(), batch.shape().size())));
            assertThat(found).hasSize(expected.length);
            for (int i = 0; i < found.length; i++) {
                assertThat(found[i]).isCloseTo(expected[i], within(1e-4 * Math.max(1, Math.abs(expected[i]))));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"lenet5-standard", "trades-smallcnn", "wong-kolter-cnn"})
    void computesPublishedNetworksFromOnnx(String name) {
        Batch batch = random(new ImageShape(1, 28, 28), 5);
        try (Classifier model = OnnxModels.whiteBox(weights(name).resolve("model.onnx"), NORMALIZED, batch)) {
            requireSame(model, batch);
        }
    }

    @Test
    void computesAPublishedNetworkFromSafetensors() {
        Batch batch = random(new ImageShape(1, 28, 28), 5);
        Network network = Network.parse(
                "conv 32 k3 p1, relu, pool 2, conv 64 k3 p1, relu, pool 2, flatten, linear 200, relu, linear 10");
        try (Classifier model = Models.load(
                weights("lenet5-standard").resolve("model.safetensors"),
                Optional.of(network),
                NORMALIZED,
                Optional.empty())) {
            requireSame(model, batch);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "vnncomp2022-mnist_fc/onnx/mnist-net_256x4.onnx",
                "vnncomp2021-verivital/Convnet_avgpool.onnx",
                "vnncomp2021-verivital/Convnet_maxpool.onnx"
            })
    void computesTheNetworksOfTheVerificationCompetition(String name) {
        Path file = Fixtures.folder("").resolve(name);
        Batch batch = random(new ImageShape(1, 28, 28), 3);
        try (Classifier model = OnnxModels.whiteBox(file, InputSpec.RAW, batch)) {
            requireSame(model, batch);
        }
    }

    @Test
    void listsAllOperatorsWithoutARule() {
        int[] size = {2};
        LayerGraph graph = new LayerGraph(List.of(
                new LayerGraph.Node("input", new LayerGraph.Input(), new int[0], size),
                new LayerGraph.Node("node 4", new LayerGraph.Unsupported("Resize"), new int[] {0}, size),
                new LayerGraph.Node("node 17", new LayerGraph.Unsupported("Erf"), new int[] {1}, size)));

        assertThatThrownBy(() -> graph.requireRules("net.onnx"))
                .isInstanceOf(GauntletException.class)
                .hasMessageContaining("net.onnx cannot be certified: Resize at node 4, Erf at node 17");
    }

    @Test
    void refusesWeightsThatAreNotFinite() {
        LayerGraph graph = new LayerGraph(List.of(
                new LayerGraph.Node("input", new LayerGraph.Input(), new int[0], new int[] {1}),
                new LayerGraph.Node(
                        "node 1",
                        new LayerGraph.Dense(2, 1, new float[] {1, Float.NaN}, new float[2]),
                        new int[] {0},
                        new int[] {2})));

        assertThatThrownBy(() -> graph.requireRules("net.onnx"))
                .isInstanceOf(GauntletException.class)
                .hasMessageContaining("the weights at node 1 are NaN or infinite");
    }
}

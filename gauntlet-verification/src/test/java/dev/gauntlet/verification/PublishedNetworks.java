package dev.gauntlet.verification;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.gauntlet.data.Dataset;
import dev.gauntlet.data.DatasetLoader;
import dev.gauntlet.data.NamedDataset;
import dev.gauntlet.model.Classifier;
import dev.gauntlet.model.DifferentiableClassifier;
import dev.gauntlet.model.InputSpec;
import dev.gauntlet.onnx.OnnxModels;
import dev.gauntlet.torch.Models;
import dev.gauntlet.torch.Network;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Published MNIST networks and the images that they were published for.
 *
 * <p>{@code GAUNTLET_CONFORMANCE} names a folder with one folder for each network, which holds its weights thrice
 * ({@code model.torchscript.pt}, {@code model.safetensors}, {@code model.onnx}) and {@code expected.json} with PyTorch's numbers. The weights
 * belong to their authors and are no part of this project.
 *
 * @param folder where the networks are
 * @param images the test images of MNIST
 */
record PublishedNetworks(Path folder, Dataset images) {
    private static final String LENET =
            "conv 32 k3 p1, relu, pool 2, conv 64 k3 p1, relu, pool 2, flatten, linear 200, relu, linear 10";

    /** The layers of each network, by its name. */
    static final Map<String, String> LAYERS = new TreeMap<>(Map.of(
            "lenet5-standard",
            LENET,
            "lenet5-pgd",
            LENET,
            "trades-smallcnn",
            "conv 32 k3, relu, conv 32 k3, relu, pool 2, conv 64 k3, relu, conv 64 k3, relu, pool 2, flatten, linear 200, relu, linear 200, relu, linear 10",
            "wong-kolter-cnn",
            "conv 16 k4 s2 p1, relu, conv 32 k4 s2 p1, relu, flatten, linear 100, relu, linear 10"));

    /** Finds the files, and skips the test where there are none. */
    static PublishedNetworks require() {
        String weights = System.getenv("GAUNTLET_CONFORMANCE");
        String data = System.getenv(DatasetLoader.ENVIRONMENT_VARIABLE);
        assumeTrue(weights != null, "skipped: GAUNTLET_CONFORMANCE names no folder with published networks");
        assumeTrue(data != null, "skipped: GAUNTLET_DATA names no folder with MNIST");
        return new PublishedNetworks(
                Path.of(weights),
                DatasetLoader.standard()
                        .withFolder(Path.of(data))
                        .load(NamedDataset.MNIST)
                        .test());
    }

    /** Returns the folder of a network, and skips the test where there is none. */
    Path network(String name) {
        Path network = folder.resolve(name);
        assumeTrue(Files.isDirectory(network), "skipped: there is no folder " + network);
        return network;
    }

    /** Loads the bare weights into a network of the layers that they belong to. */
    DifferentiableClassifier load(String name) {
        return Models.load(network(name).resolve("model.safetensors"), Optional.of(Network.parse(LAYERS.get(name))));
    }

    /** Loads the compiled network. */
    DifferentiableClassifier loadTorchScript(String name) {
        return Models.load(network(name).resolve("model.torchscript.pt"));
    }

    /** Loads the ONNX graph, to be differentiated. */
    DifferentiableClassifier loadOnnx(String name) {
        return OnnxModels.whiteBox(network(name).resolve("model.onnx"), InputSpec.RAW, images.batch(0, 1, 2));
    }

    /** Loads the ONNX graph, to be asked for logits only. */
    Classifier loadOnnxBlackBox(String name) {
        return OnnxModels.blackBox(network(name).resolve("model.onnx"), InputSpec.RAW, images.batch(0, 1, 2));
    }
}

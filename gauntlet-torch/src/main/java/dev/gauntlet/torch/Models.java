package dev.gauntlet.torch;

import dev.gauntlet.GauntletException;
import dev.gauntlet.Sha256;
import dev.gauntlet.data.Batch;
import dev.gauntlet.model.DifferentiableClassifier;
import dev.gauntlet.model.InputSpec;
import dev.gauntlet.model.TrainingHistory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Loads models from files. */
public final class Models {
    /** Larger files do not fit into one Java array. */
    private static final long MAXIMUM_FILE = 2_000_000_000;

    /** Enough for a network twice as wide in doubles, so that the error can name the mismatch. */
    private static final long UNPACKED_PER_PARAMETER = 4 * Double.BYTES;

    private static final long UNPACKED_SLACK = 64L << 20;

    private Models() {}

    /**
     * Loads a model whose file contains its architecture: weights written by Gauntlet, or TorchScript.
     *
     * @param file safetensors weights written by Gauntlet, or TorchScript; recognized by its content, not by its
     *     extension
     * @return the model, to be closed by the caller
     * @throws GauntletException if the file is missing, damaged or of another kind
     */
    public static DifferentiableClassifier load(Path file) {
        return load(file, Optional.empty());
    }

    /**
     * Loads a model with a given architecture, if the file does not contain it.
     *
     * @param file weights in PyTorch's layout as safetensors, npz or a state dictionary, or TorchScript; recognized by
     *     its content, not by its extension
     * @param network the architecture of the weights; must be absent for TorchScript
     * @return the model, to be closed by the caller
     * @throws GauntletException if the file is missing, damaged or of another kind, or does not fit the network
     */
    public static DifferentiableClassifier load(Path file, Optional<Network> network) {
        return load(file, network, InputSpec.RAW, Optional.empty());
    }

    /**
     * Loads a model with preprocessing.
     *
     * @param file a file as for {@link #load(Path, Optional)}
     * @param network the architecture of the weights; must be absent for TorchScript
     * @param contract the preprocessing that the model expects; a layout is for TorchScript only
     * @param sample a few images of the model's data, on which TorchScript is tried: whether it is in evaluation mode,
     *     and whether it returns probabilities or a tuple, whose first tensor is used; the card's notices report both,
     *     but not without a sample
     * @return the model, to be closed by the caller
     * @throws GauntletException if the file is missing, damaged or of another kind, or does not fit the network, or if
     *     it behaves as in training mode
     */
    public static DifferentiableClassifier load(
            Path file, Optional<Network> network, InputSpec contract, Optional<Batch> sample) {
        return load(file, network, contract, sample, sample.map(Batch::classes).orElse(2));
    }

    /**
     * Loads a model that may return only the predicted class.
     *
     * @param file a file as for {@link #load(Path, Optional)}
     * @param network the architecture of the weights; must be absent for TorchScript
     * @param contract the preprocessing that the model expects; a layout, and the name of an output, are for
     *     TorchScript only
     * @param sample a few images of the model's data, on which TorchScript is tried
     * @param classes the number of classes of the data; used only if the model returns only the class
     * @return the model, to be closed by the caller
     * @throws GauntletException if the file is missing, damaged or of another kind, or does not fit the network, or if
     *     it behaves as in training mode
     */
    public static DifferentiableClassifier load(
            Path file, Optional<Network> network, InputSpec contract, Optional<Batch> sample, int classes) {
        return switch (FileKind.of(file)) {
            case SAFETENSORS -> safetensors(file, network, contract);
            case NPZ -> {
                byte[] content = read(file);
                Network known = network.orElseThrow(() -> withoutNetwork(file));
                Map<String, WeightTensor> tensors = Npz.read(file.toString(), content, limit(known));
                yield classifier(
                        file,
                        known,
                        new Weights(tensors, WeightNames.FileOrder.OF_LAYERS, Optional.empty()),
                        Optional.empty(),
                        Sha256.of(content),
                        contract);
            }
            case STATE_DICTIONARY -> stateDict(file, network, contract);
            case TORCH_SCRIPT -> script(file, network, contract, sample, classes);
            case ONNX ->
                throw new GauntletException(
                        "%s is an ONNX model; open it with OnnxModels of gauntlet-onnx.".formatted(file));
        };
    }

    private static GauntletException withoutNetwork(Path file) {
        return new GauntletException(
                "%s contains only weights and no architecture; specify the architecture, such as mlp:784-1000-10."
                        .formatted(file));
    }

    /** Returns the largest unpacked size of a weights file. */
    private static long limit(Network network) {
        return UNPACKED_SLACK + UNPACKED_PER_PARAMETER * network.parameters();
    }

    private static NetworkClassifier stateDict(Path file, Optional<Network> network, InputSpec contract) {
        String sha256 = sha256(file);
        // read before the network is required, because a whole pickled model is refused with and without one
        StateDict dictionary = StateDict.open(file);
        Network known = network.orElseThrow(() -> withoutNetwork(file));
        return classifier(
                file,
                known,
                new Weights(dictionary.read(limit(known)), WeightNames.FileOrder.OF_LAYERS, dictionary.notice()),
                Optional.empty(),
                sha256,
                contract);
    }

    private static ScriptClassifier script(
            Path file, Optional<Network> network, InputSpec contract, Optional<Batch> sample, int classes) {
        if (network.isPresent()) {
            throw new GauntletException(
                    "%s is TorchScript, which includes its architecture; do not specify another one, or save the weights as safetensors."
                            .formatted(file));
        }
        return ScriptClassifier.load(file, sha256(file), contract, sample, classes);
    }

    private static NetworkClassifier safetensors(Path file, Optional<Network> network, InputSpec contract) {
        byte[] content = read(file);
        Safetensors read = Safetensors.read(file.toString(), content);
        Optional<Network> described = ModelMetadata.network(file.toString(), read.metadata());
        Network known = network.or(() -> described).orElseThrow(() -> withoutNetwork(file));
        InputSpec own = ModelMetadata.normalization(file.toString(), read.metadata());
        return classifier(
                file,
                known,
                new Weights(read.tensors(), WeightNames.FileOrder.OF_NAMES, normalizationNotice(contract, own)),
                ModelMetadata.training(file.toString(), read.metadata()),
                Sha256.of(content),
                contract.isIdentity() && !own.isIdentity()
                        ? contract.withInputMax(own.inputMax()).withNormalization(own.mean(), own.std())
                        : contract);
    }

    private static Optional<String> normalizationNotice(InputSpec given, InputSpec own) {
        boolean differs = given.inputMax() != own.inputMax()
                || !given.mean().equals(own.mean())
                || !given.std().equals(own.std());
        return own.isIdentity() || given.isIdentity() || !differs
                ? Optional.empty()
                : Optional.of("The file contains a normalization, but the given one is used instead.");
    }

    /**
     * The content of a weights file.
     *
     * @param tensors its tensors
     * @param order the meaning of their order
     * @param notice what a reader must know about their source, if anything
     */
    private record Weights(Map<String, WeightTensor> tensors, WeightNames.FileOrder order, Optional<String> notice) {}

    private static NetworkClassifier classifier(
            Path file,
            Network network,
            Weights weights,
            Optional<TrainingHistory> training,
            String sha256,
            InputSpec contract) {
        contract.logits().ifPresent(name -> {
            throw new GauntletException(
                    "%s contains the weights of a network with a single output; the output '%s' does not exist."
                            .formatted(file, name));
        });
        String name = file.toString();
        Normalizer normalizer = Normalizer.of(weights.tensors());
        WeightNames.Match match = WeightNames.match(name, network, normalizer.tensors(), weights.order());
        List<String> notices = new ArrayList<>();
        weights.notice().ifPresent(notices::add);
        notices.addAll(match.notices());
        normalizer.notice(name, network.input().channels(), contract).ifPresent(notices::add);
        return new NetworkClassifier(
                network,
                match.weights(),
                match.normalizations(),
                training,
                Optional.of(sha256),
                Optional.of(name),
                contract,
                notices);
    }

    private static String sha256(Path file) {
        try {
            requireSize(file);
            return Sha256.ofFile(file);
        } catch (IOException e) {
            throw new GauntletException("%s cannot be read: %s.".formatted(file, e.getMessage()), e);
        }
    }

    private static byte[] read(Path file) {
        try {
            requireSize(file);
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new GauntletException("%s cannot be read: %s.".formatted(file, e.getMessage()), e);
        }
    }

    private static void requireSize(Path file) throws IOException {
        if (Files.size(file) > MAXIMUM_FILE) {
            throw new GauntletException("%s is larger than %d bytes.".formatted(file, MAXIMUM_FILE));
        }
    }
}

package dev.gauntlet.torch;

import dev.gauntlet.AtomicFile;
import dev.gauntlet.GauntletException;
import dev.gauntlet.Sha256;
import dev.gauntlet.data.Batch;
import dev.gauntlet.data.ImageShape;
import dev.gauntlet.data.Layout;
import dev.gauntlet.model.ChangingImages;
import dev.gauntlet.model.InputSpec;
import dev.gauntlet.model.LayerGraph;
import dev.gauntlet.model.Logits;
import dev.gauntlet.model.ModelCard;
import dev.gauntlet.model.OutputKind;
import dev.gauntlet.model.TrainingHistory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/**
 * A {@link Network} with its weights, computed by libtorch in 32-bit floats.
 *
 * <p>Cost: one forward pass for logits, one forward and one backward pass for a gradient; weight gradients are not
 * computed.
 *
 * <p>Example: {@code Models.load(Path.of("model.safetensors"))}, or {@link Trainer#train}.
 */
public final class NetworkClassifier extends TorchClassifier {
    /** Large enough for the matrix products of a fully connected network. */
    private static final int SLICE_OF_DENSE_NETWORK = 1000;

    /** Small enough for the activations of a convolutional network to stay in the cache. */
    private static final int SLICE_OF_CONVOLUTIONAL_NETWORK = 200;

    private final Network network;
    private final Map<String, WeightTensor> weights;
    private final List<Normalization> normalizations;
    private final Optional<TrainingHistory> training;
    private final InputSpec contract;
    private final ModelCard card;
    private final List<Tensor> parameters;
    private float @Nullable [] transposed;

    NetworkClassifier(
            Network network,
            Map<String, WeightTensor> weights,
            Optional<TrainingHistory> training,
            Optional<String> sha256,
            Optional<String> location,
            InputSpec contract,
            List<String> notices) {
        this(network, weights, List.of(), training, sha256, location, contract, notices);
    }

    /**
     * Creates a network with batch normalizations that can be saved.
     *
     * @param weights weight and bias of each layer in turn, those of batch normalizations with the mean and the variance
     * @param normalizations the batch normalizations in order
     */
    NetworkClassifier(
            Network network,
            Map<String, WeightTensor> weights,
            List<Normalization> normalizations,
            Optional<TrainingHistory> training,
            Optional<String> sha256,
            Optional<String> location,
            InputSpec contract,
            List<String> notices) {
        super(sliceSize(network), contract, Layout.NCHW, OutputKind.LOGITS, network.classes());
        if (contract.layout().filter(layout -> layout != Layout.NCHW).isPresent()) {
            throw new GauntletException(
                    "The network %s takes its input as nchw; omit the layout.".formatted(network.name()));
        }
        this.network = network;
        this.weights = weights;
        this.normalizations = normalizations;
        this.training = training;
        this.contract = contract;
        this.card = new ModelCard(
                network.name(),
                network.description(),
                OptionalLong.of(network.parameters()),
                sha256.or(() -> Optional.of(Sha256.of(toSafetensors()))),
                location,
                Libtorch.version(),
                training,
                contract,
                notices,
                List.of());
        this.parameters = ForwardPass.parameters(weights.values());
    }

    /** Returns the number of images that are computed together. */
    static int sliceSize(Network network) {
        return network.hasConvolution() ? SLICE_OF_CONVOLUTIONAL_NETWORK : SLICE_OF_DENSE_NETWORK;
    }

    /** Returns weight and bias of each layer in turn, under the names of the file. */
    Map<String, WeightTensor> weights() {
        return weights;
    }

    /** Returns the input of a network with convolutions; one without takes rows of numbers as they are. */
    @Override
    public Optional<ImageShape> inputShape() {
        return network.hasConvolution() ? Optional.of(network.input()) : Optional.empty();
    }

    @Override
    public ModelCard card() {
        return card;
    }

    /**
     * Returns the description of the network.
     *
     * @return the network without weights
     */
    public Network network() {
        return network;
    }

    /**
     * Writes the weights atomically as a safetensors file, with the description of the network, its normalization and its
     * training.
     *
     * @param file the file; replaced if it exists
     * @throws IOException if the file cannot be written
     */
    public void save(Path file) throws IOException {
        network.layers().stream()
                .filter(layer -> !layer.isTrainable())
                .findFirst()
                .ifPresent(NetworkClassifier::refuseToSave);
        List<Layer> norms = network.weighted().stream()
                .map(Network.Weighted::layer)
                .filter(Layer.BatchNorm.class::isInstance)
                .toList();
        if (norms.size() != normalizations.size()) {
            refuseToSave(norms.get(0));
        }
        Path folder = file.toAbsolutePath().getParent();
        if (folder != null) {
            Files.createDirectories(folder);
        }
        byte[] content = toSafetensors();
        AtomicFile.write(file, out -> out.write(content));
    }

    private static void refuseToSave(Layer layer) {
        throw new GauntletException(
                "The layer '%s' cannot be saved; keep the original file of the model.".formatted(layer));
    }

    @Override
    public List<String> layers() {
        return network.layers().stream().map(Layer::toString).toList();
    }

    @Override
    public Optional<LayerGraph> layerGraph() {
        return Optional.of(NetworkGraph.of(network, List.copyOf(weights.values()), card.contract()));
    }

    /**
     * Bounds in 32-bit floats how much higher each logit can be than that of the true class.
     *
     * @param batch images with their true labels
     * @param lower the smallest value of each pixel
     * @param upper the largest value of each pixel
     * @param linearShare the share of the bound by linear functions in the result; the rest is that by intervals
     * @return one row of upper bounds per image; 0 for the true class
     */
    Logits worstLogits(Batch batch, float[] lower, float[] upper, double linearShare) {
        float[] values = new float[batch.size() * network.classes()];
        int slice = sliceSize(network);
        for (int first = 0; first < batch.size(); first += slice) {
            int end = Math.min(batch.size(), first + slice);
            try (PointerScope scope = new PointerScope();
                    NoGradGuard guard = new NoGradGuard()) {
                Tensor worst = IntervalPass.worstLogits(
                        network,
                        given(images(lower, first, end)),
                        given(images(upper, first, end)),
                        IntervalPass.indices(Arrays.copyOfRange(batch.labels(), first, end)),
                        parameters,
                        ForwardPass.Mode.INFERENCE,
                        linearShare);
                Libtorch.copy(worst, values, first * network.classes());
            }
        }
        return new Logits(network.classes(), values);
    }

    private Tensor images(float[] pixels, int first, int end) {
        ImageShape shape = network.input();
        return torch.from_blob(
                Libtorch.copy(pixels, first * shape.size(), (end - first) * shape.size()),
                new long[] {end - first, shape.channels(), shape.height(), shape.width()});
    }

    @Override
    protected void release() {
        parameters.forEach(Tensor::close);
    }

    @Override
    protected Tensor forward(Tensor x) {
        return ForwardPass.compute(network, x, parameters, ForwardPass.Mode.INFERENCE);
    }

    @Override
    public ChangingImages changing() {
        List<Layer> layers = network.layers();
        int first = layers.get(0) instanceof Layer.Flatten ? 1 : 0;
        if (!(layers.get(first) instanceof Layer.Linear) || !card.contract().isIdentity()) {
            return ChangingImages.inFull(this);
        }
        return new FirstLayerChanges(
                this, transposedFirstWeight(), layers.subList(first + 1, layers.size()), parameters);
    }

    /** Returns the weight of the first layer, which is fully connected, ordered by its inputs. */
    private synchronized float[] transposedFirstWeight() {
        if (transposed == null) {
            WeightTensor weight = weights.values().iterator().next();
            int outputs = Math.toIntExact(weight.shape()[0]);
            int inputs = Math.toIntExact(weight.shape()[1]);
            transposed = new float[outputs * inputs];
            for (int output = 0; output < outputs; output++) {
                for (int input = 0; input < inputs; input++) {
                    transposed[input * outputs + output] = weight.values()[output * inputs + input];
                }
            }
        }
        return transposed;
    }

    @Override
    protected void requireFit(ImageShape shape) {
        if (!network.takes(shape)) {
            throw new GauntletException("The model %s takes images of %s, but the data has %s."
                    .formatted(network.name(), network.input(), shape));
        }
    }

    private byte[] toSafetensors() {
        Map<String, WeightTensor> named = new LinkedHashMap<>();
        Iterator<WeightTensor> tensors = weights.values().iterator();
        Iterator<Normalization> norms = normalizations.iterator();
        for (Network.Weighted weighted : network.weighted()) {
            WeightTensor weight = tensors.next();
            WeightTensor bias = tensors.next();
            if (weighted.layer() instanceof Layer.BatchNorm && norms.hasNext()) {
                Normalization norm = norms.next();
                named.put(weighted.path() + WeightNames.WEIGHT, norm.weight());
                named.put(weighted.path() + WeightNames.BIAS, norm.bias());
                named.put(weighted.path() + WeightNames.MEAN, norm.mean());
                named.put(weighted.path() + WeightNames.VARIANCE, norm.variance());
            } else {
                named.put(weighted.path() + WeightNames.WEIGHT, weight);
                named.put(weighted.path() + WeightNames.BIAS, bias);
            }
        }
        return Safetensors.write(named, ModelMetadata.of(network, training, contract));
    }
}

package dev.gauntlet.torch;

import dev.gauntlet.GauntletException;
import dev.gauntlet.data.ImageShape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The description of a feed-forward network: its input and its layers, without weights.
 *
 * @param name a short name for people
 * @param input the shape of one example
 * @param layers the layers in order; the last one's output is the logits
 * @param weightNames the names under which a file stores the tensors of the layers with weights, in order, such as
 *     {@code features.0} for {@code features.0.weight}; empty if the names follow the conventions
 */
public record Network(String name, ImageShape input, List<Layer> layers, List<String> weightNames) {
    private static final ImageShape MNIST_SHAPE = new ImageShape(1, 28, 28);

    /** More parameters are a mistake in the description, not a network for this engine. */
    private static final long MAXIMUM_PARAMETERS = 500_000_000;

    /** The supported layers, as they are written in descriptions. */
    public static final String LAYERS =
            "conv 32 k5 s1 p2 (channels, kernel, stride, padding), linear 10, pool 2 or pool 3 s2 p1, average-pool 2, global-average-pool, flatten, relu, leaky-relu 0.01, elu, gelu, silu, sigmoid, tanh, dropout 0.5 and channel-dropout 0.5, batchnorm, residual(conv 16 k3 p1, relu) with a shortcut after |, and, only for externally trained weights, nobias after conv and linear";

    public Network {
        layers = List.copyOf(layers);
        weightNames = List.copyOf(weightNames);
        Set<String> names = new HashSet<>();
        for (String weight : weightNames) {
            if (!names.add(weight)) {
                throw new GauntletException(
                        "The network '%s' uses the weight name '%s' twice; each layer needs its own."
                                .formatted(name, weight));
            }
        }
        // in floating point, where a huge size cannot overflow
        double parameters = weighted(layers, input, "").stream()
                .map(Weighted::shape)
                .mapToDouble(weights -> product(weights.weight()) + product(weights.bias()))
                .sum();
        ImageShape shape = input;
        for (Layer layer : layers) {
            shape = layer.output(shape);
        }
        if (parameters == 0) {
            throw new GauntletException(
                    "The network '%s' has no layer with weights; it requires conv or linear.".formatted(name));
        }
        if (shape.height() != 1 || shape.width() != 1 || shape.channels() < 2) {
            throw new GauntletException(
                    "The network '%s' ends with %s; it must end with one number per class, for at least 2 classes."
                            .formatted(name, shape));
        }
        if (parameters > MAXIMUM_PARAMETERS) {
            throw new GauntletException("The network '%s' has %.0f parameters, more than the supported %d."
                    .formatted(name, parameters, MAXIMUM_PARAMETERS));
        }
    }

    /**
     * Creates a network whose weight names follow the conventions.
     *
     * @param name a short name for people
     * @param input the shape of one example
     * @param layers the layers in order; the last one's output is the logits
     */
    public Network(String name, ImageShape input, List<Layer> layers) {
        this(name, input, layers, List.of());
    }

    /**
     * Returns the same network with other weight names.
     *
     * @param names the names in the order of the layers that have weights
     * @return the network
     */
    public Network withWeightNames(List<String> names) {
        return new Network(name, input, layers, names);
    }

    /**
     * Creates a fully connected network with a ReLU between its layers.
     *
     * @param sizes the number of inputs, of each hidden layer's units, and of classes
     * @return the network, for images of 28x28 if there are 784 inputs, else for flat vectors
     */
    public static Network mlp(int... sizes) {
        if (sizes.length < 2) {
            throw new GauntletException(
                    "mlp requires at least the sizes of input and output, such as mlp:784-1000-10.");
        }
        List<Layer> layers = new ArrayList<>();
        if (sizes[0] == MNIST_SHAPE.size()) {
            layers.add(new Layer.Flatten());
        }
        for (int i = 1; i < sizes.length; i++) {
            if (i > 1) {
                layers.add(new Layer.Relu());
            }
            layers.add(new Layer.Linear(sizes[i]));
        }
        String name = "mlp:" + Arrays.stream(sizes).mapToObj(Integer::toString).collect(Collectors.joining("-"));
        return new Network(name, sizes[0] == MNIST_SHAPE.size() ? MNIST_SHAPE : new ImageShape(sizes[0], 1, 1), layers);
    }

    /**
     * Parses a network's name or description, for images of 28x28 with one channel.
     *
     * <p>A name is one of {@link NamedNetwork}, or {@code mlp:784-1000-10} with the sizes of the layers. A description
     * lists layers, as in {@code conv 32 k5 p2, relu, pool 2, flatten, linear 10}.
     *
     * @param text the name or description
     * @return the network
     * @throws GauntletException if there is no such network or layer, or the layers do not fit together
     */
    public static Network parse(String text) {
        String trimmed = text.strip();
        if (trimmed.startsWith("mlp:")) {
            return mlp(Arrays.stream(trimmed.substring(4).split("-", -1))
                    .mapToInt(size -> LayerText.number(size, trimmed))
                    .toArray());
        }
        if (trimmed.contains(",") || trimmed.contains(" ")) {
            return describedBy(trimmed, MNIST_SHAPE, trimmed);
        }
        return NamedNetwork.parse(trimmed).network();
    }

    /**
     * Parses a network's name or description, for images of any shape.
     *
     * @param text the name or description, as for {@link #parse(String)}; the named networks are always for 28x28
     *     images with one channel
     * @param input the shape of one example
     * @return the network
     * @throws GauntletException if there is no such network or layer, or the layers do not fit together or to the
     *     images
     */
    public static Network parse(String text, ImageShape input) {
        String trimmed = text.strip();
        boolean describes = trimmed.contains(",") || trimmed.contains(" ");
        Network network = describes ? describedBy(trimmed, input, trimmed) : parse(trimmed);
        if (!network.takes(input)) {
            throw new GauntletException("The network '%s' takes images of %s, but the data has %s."
                    .formatted(network.name(), network.input(), input));
        }
        return network;
    }

    /**
     * Builds a network from the description of its layers.
     *
     * @param name a short name for people
     * @param input the shape of one example
     * @param description the layers as {@link #description()} writes them
     * @return the network
     */
    static Network describedBy(String name, ImageShape input, String description) {
        return new Network(name, input, LayerText.layers(description));
    }

    /**
     * Returns the layers as text that {@link #parse} can read.
     *
     * @return the layers, separated by commas
     */
    public String description() {
        return layers.stream().map(Layer::toString).collect(Collectors.joining(", "));
    }

    /**
     * Returns the number of classes.
     *
     * @return the number of logits
     */
    public int classes() {
        ImageShape shape = input;
        for (Layer layer : layers) {
            shape = layer.output(shape);
        }
        return shape.channels();
    }

    /**
     * Returns the number of trainable parameters.
     *
     * @return the number of weights and biases
     */
    public long parameters() {
        return weights().stream().mapToLong(Network::count).sum();
    }

    /**
     * A layer that has weights.
     *
     * @param path where it is: its index among the layers; in a residual block {@code 3.body.0} or {@code 3.shortcut.0}
     * @param layer the layer
     * @param shape the shapes of its weights
     */
    record Weighted(String path, Layer layer, Layer.WeightShape shape) {}

    /** Returns the layers that have weights, in order: those of a residual block first in its body, then in its shortcut. */
    List<Weighted> weighted() {
        return weighted(layers, input, "");
    }

    private static List<Weighted> weighted(List<Layer> layers, ImageShape input, String prefix) {
        List<Weighted> weighted = new ArrayList<>();
        ImageShape shape = input;
        for (int i = 0; i < layers.size(); i++) {
            Layer layer = layers.get(i);
            String path = prefix + i;
            if (layer instanceof Layer.Residual block) {
                weighted.addAll(weighted(block.body(), shape, path + ".body."));
                weighted.addAll(weighted(block.shortcut(), shape, path + ".shortcut."));
            } else {
                layer.weights(shape).ifPresent(weights -> weighted.add(new Weighted(path, layer, weights)));
            }
            shape = layer.output(shape);
        }
        return weighted;
    }

    /** Returns the shapes of the weights of all layers with weights, in order. */
    List<Layer.WeightShape> weights() {
        return weighted().stream().map(Weighted::shape).toList();
    }

    /** Tells whether some layer is a residual block, whose layers have names of their own. */
    boolean hasResidual() {
        return layers.stream().anyMatch(Layer.Residual.class::isInstance);
    }

    /** Tells whether images of a shape fit: the shape of the input, or its size if the first layer is flatten. */
    boolean takes(ImageShape shape) {
        boolean anyShape = layers.get(0) instanceof Layer.Flatten || layers.get(0) instanceof Layer.Linear;
        return shape.equals(input) || (anyShape && shape.size() == input.size());
    }

    /**
     * Tells whether the network takes images instead of rows of numbers.
     *
     * @return whether it has a convolution
     */
    public boolean hasConvolution() {
        return weighted().stream().anyMatch(weighted -> weighted.layer() instanceof Layer.Convolution);
    }

    private static long count(Layer.WeightShape shape) {
        long weights = Arrays.stream(shape.weight()).reduce(1, Math::multiplyExact);
        return shape.hasBias() ? weights + Arrays.stream(shape.bias()).reduce(1, Math::multiplyExact) : weights;
    }

    private static double product(long[] sides) {
        return Arrays.stream(sides).asDoubleStream().reduce(1, (a, b) -> a * b);
    }
}

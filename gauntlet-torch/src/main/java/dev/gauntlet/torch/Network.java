package dev.gauntlet.torch;

import dev.gauntlet.GauntletException;
import dev.gauntlet.data.ImageShape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

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
            "conv 32 k5 s1 p2 (channels, kernel, stride, padding), linear 10, pool 2 or pool 3 s2 p1, average-pool 2, global-average-pool, flatten, relu, leaky-relu 0.01, elu, gelu, silu, sigmoid, tanh, dropout 0.5 and channel-dropout 0.5, and, only for externally trained weights, batchnorm, and nobias after conv and linear";

    private static final String NO_BIAS = "nobias";

    /** The layers without parameters. */
    private static final Map<String, Layer> PLAIN = Stream.<Layer>concat(
                    Stream.of(new Layer.Relu(), new Layer.Flatten(), new Layer.GlobalAveragePool()),
                    Arrays.stream(Layer.Activation.values()))
            .collect(Collectors.toMap(Layer::toString, Function.identity()));

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
        ImageShape shape = input;
        double parameters = 0;
        for (Layer layer : layers) {
            // in floating point, where a huge size cannot overflow
            parameters += layer.weights(shape)
                    .map(weights -> product(weights.weight()) + product(weights.bias()))
                    .orElse(0.0);
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
                    .mapToInt(size -> number(size, trimmed))
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
        List<Layer> layers =
                Arrays.stream(description.split(",", -1)).map(Network::layer).toList();
        return new Network(name, input, layers);
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

    /** Returns the layers that have weights, in order. */
    List<Layer> weightedLayers() {
        List<Layer> weighted = new ArrayList<>();
        ImageShape shape = input;
        for (Layer layer : layers) {
            if (layer.weights(shape).isPresent()) {
                weighted.add(layer);
            }
            shape = layer.output(shape);
        }
        return weighted;
    }

    /** Returns the shapes of the weights of all layers with weights, in order. */
    List<Layer.WeightShape> weights() {
        List<Layer.WeightShape> shapes = new ArrayList<>();
        ImageShape shape = input;
        for (Layer layer : layers) {
            layer.weights(shape).ifPresent(shapes::add);
            shape = layer.output(shape);
        }
        return shapes;
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
        return layers.stream().anyMatch(Layer.Convolution.class::isInstance);
    }

    private static long count(Layer.WeightShape shape) {
        long weights = Arrays.stream(shape.weight()).reduce(1, Math::multiplyExact);
        return shape.hasBias() ? weights + Arrays.stream(shape.bias()).reduce(1, Math::multiplyExact) : weights;
    }

    private static double product(long[] sides) {
        return Arrays.stream(sides).asDoubleStream().reduce(1, (a, b) -> a * b);
    }

    private static Layer layer(String text) {
        List<String> words = new ArrayList<>(Arrays.asList(text.strip().split("\\s+")));
        String kind = words.get(0).toLowerCase(Locale.ROOT);
        return switch (kind) {
            case "conv" -> {
                boolean bias = !words.remove(NO_BIAS);
                yield new Layer.Convolution(
                        number(argument(words, text), text),
                        option(words, 'k', "ksp", text)
                                .orElseThrow(() -> new GauntletException(
                                        "Layer '%s' lacks its kernel size; write, for example, 'conv 32 k5'."
                                                .formatted(text.strip()))),
                        option(words, 's', "ksp", text).orElse(1),
                        option(words, 'p', "ksp", text).orElse(0),
                        bias);
            }
            case "linear" -> {
                boolean bias = !words.remove(NO_BIAS);
                yield new Layer.Linear(number(onlyArgument(words, text), text), bias);
            }
            case "pool" -> {
                if (words.size() == 2) {
                    yield new Layer.MaxPool(number(words.get(1), text));
                }
                int size = number(argument(words, text), text);
                yield new Layer.MaxPool(
                        size,
                        option(words, 's', "sp", text).orElse(size),
                        option(words, 'p', "sp", text).orElse(0));
            }
            case "average-pool" -> new Layer.AveragePool(number(onlyArgument(words, text), text));
            case "leaky-relu" -> new Layer.LeakyRelu(decimal(onlyArgument(words, text), text));
            case "dropout" -> new Layer.Dropout(decimal(onlyArgument(words, text), text), false);
            case "channel-dropout" -> new Layer.Dropout(decimal(onlyArgument(words, text), text), true);
            case "batchnorm" ->
                new Layer.BatchNorm(
                        words.size() == 1 ? Layer.BatchNorm.USUAL_EPSILON : decimal(onlyArgument(words, text), text));
            default -> {
                Layer layer = Optional.ofNullable(PLAIN.get(kind))
                        .orElseThrow(() -> new GauntletException(
                                "Unknown layer '%s'; supported are %s.".formatted(text.strip(), LAYERS)));
                if (words.size() > 1) {
                    throw new GauntletException("Layer '%s' takes no number.".formatted(text.strip()));
                }
                yield layer;
            }
        };
    }

    private static String argument(List<String> words, String text) {
        if (words.size() < 2) {
            throw new GauntletException("Layer '%s' lacks its number.".formatted(text.strip()));
        }
        return words.get(1);
    }

    private static String onlyArgument(List<String> words, String text) {
        if (words.size() != 2) {
            throw new GauntletException("Layer '%s' takes exactly one number.".formatted(text.strip()));
        }
        return words.get(1);
    }

    private static Optional<Integer> option(List<String> words, char letter, String letters, String text) {
        Optional<Integer> value = Optional.empty();
        for (String word : words.subList(2, words.size())) {
            if (!word.matches("[%s]\\d+".formatted(letters))) {
                throw new GauntletException("Layer '%s' has '%s'; expected %s with a number, such as %s5."
                        .formatted(
                                text.strip(), word, letters.equals("ksp") ? "k, s or p" : "s or p", letters.charAt(0)));
            }
            if (word.charAt(0) == letter) {
                if (value.isPresent()) {
                    throw new GauntletException("Layer '%s' has two values of %s.".formatted(text.strip(), letter));
                }
                value = Optional.of(number(word.substring(1), text));
            }
        }
        return value;
    }

    private static int number(String digits, String text) {
        try {
            return Integer.parseInt(digits);
        } catch (NumberFormatException e) {
            throw new GauntletException(
                    "'%s' in '%s' is not an integer, or is too large.".formatted(digits, text.strip()), e);
        }
    }

    private static double decimal(String digits, String text) {
        try {
            return Double.parseDouble(digits);
        } catch (NumberFormatException e) {
            throw new GauntletException("'%s' in '%s' is not a number.".formatted(digits, text.strip()), e);
        }
    }
}

package dev.gauntlet.model;

import dev.gauntlet.GauntletException;
import dev.gauntlet.data.ImageShape;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * The structure of a model as plain data, for programs that prove something about it instead of running it.
 *
 * <p>The graph maps the raw pixels of one example in [0,1], in the order channels, rows, columns, to its logits. Every
 * node gives a row of numbers; the shape says how a convolution or a pool arranges them. Normalization is a node like
 * any other.
 *
 * <p>The arrays are not copied and must not be changed.
 *
 * @param nodes the nodes, each after those that it takes; the first is the input, the last gives the logits
 */
public record LayerGraph(List<Node> nodes) {
    /**
     * One operation of the graph.
     *
     * @param name where it is in the model, for messages
     * @param operation the operation
     * @param inputs the indices of the nodes that it takes
     * @param shape the shape of what it gives: channels, rows and columns, or fewer sides
     */
    public record Node(String name, Operation operation, int[] inputs, int[] shape) {
        /**
         * Returns how many numbers the node gives.
         *
         * @return the product of the sides
         */
        public int size() {
            return Arrays.stream(shape).reduce(1, Math::multiplyExact);
        }
    }

    /** What a node computes. */
    public sealed interface Operation {
        /**
         * Returns how many nodes the operation takes.
         *
         * @return the number; -1 for any
         */
        default int arity() {
            return 1;
        }
    }

    /** The pixels. */
    public record Input() implements Operation {
        @Override
        public int arity() {
            return 0;
        }
    }

    /**
     * A fully connected layer.
     *
     * @param outputs the number of outputs
     * @param inputs the number of inputs
     * @param weight the weights, one row of inputs for each output
     * @param bias one number per output
     */
    public record Dense(int outputs, int inputs, float[] weight, float[] bias) implements Operation {
        public Dense {
            requireLength("weights of a fully connected layer", weight, (long) outputs * inputs);
            requireLength("biases of a fully connected layer", bias, outputs);
        }
    }

    /**
     * A convolution over rows and columns.
     *
     * @param kernel output channels, input channels of a group, rows and columns of the kernel
     * @param weight the weights in this order
     * @param bias one number per output channel
     * @param strides the steps down and to the right
     * @param pads the zeros above, to the left, below and to the right
     * @param dilations the distances between neighbours in a window
     * @param groups into how many groups the channels are divided
     */
    public record Convolution(
            int[] kernel, float[] weight, float[] bias, int[] strides, int[] pads, int[] dilations, int groups)
            implements Operation {
        public Convolution {
            requireLength(
                    "weights of a convolution",
                    weight,
                    Arrays.stream(kernel).asLongStream().reduce(1, Math::multiplyExact));
            requireLength("biases of a convolution", bias, kernel[0]);
        }
    }

    /**
     * Subtracts, multiplies and adds numbers of each element's own: a normalization, a batch norm, constants.
     *
     * @param subtracted what is subtracted first
     * @param factors by what the difference is multiplied; up to four rounding errors of a double off
     * @param added what is added then
     */
    public record Scale(double[] subtracted, double[] factors, double[] added) implements Operation {
        /**
         * Returns the preprocessing of pixels, with the numbers that engines use: 32-bit floats.
         *
         * @param contract the preprocessing
         * @param shape the shape of an image
         * @return the scale
         */
        public static Scale of(InputSpec contract, ImageShape shape) {
            int plane = shape.height() * shape.width();
            double white = (float) contract.inputMax();
            double[] subtracted = new double[shape.size()];
            double[] factors = new double[shape.size()];
            for (int i = 0; i < subtracted.length; i++) {
                subtracted[i] = contract.means(shape.channels()).get(i / plane).floatValue() / white;
                factors[i] = white
                        / contract.deviations(shape.channels()).get(i / plane).floatValue();
            }
            return new Scale(subtracted, factors, new double[shape.size()]);
        }

        public Scale {
            if (subtracted.length != factors.length || added.length != factors.length) {
                throw new GauntletException("A scale subtracts %d, multiplies by %d and adds %d numbers."
                        .formatted(subtracted.length, factors.length, added.length));
            }
        }
    }

    /** The larger of a number and 0. */
    public record Relu() implements Operation {}

    /** A function whose curve has the form of an S, and which never decreases. */
    public enum Sigmoidal implements Operation {
        /** {@code 1 / (1 + exp(-x))}. */
        SIGMOID,
        /** The hyperbolic tangent. */
        TANH
    }

    /**
     * The mean of each window; zeros beside the image count.
     *
     * @param kernel rows and columns of the window
     * @param strides the steps down and to the right
     * @param pads the zeros above, to the left, below and to the right
     */
    public record AveragePool(int[] kernel, int[] strides, int[] pads) implements Operation {}

    /**
     * The largest number of each window; what is beside the image does not count.
     *
     * @param kernel rows and columns of the window
     * @param strides the steps down and to the right
     * @param pads how far windows reach above, to the left, below and to the right of the image
     */
    public record MaxPool(int[] kernel, int[] strides, int[] pads) implements Operation {}

    /** The sum of two nodes of the same size. */
    public record Add() implements Operation {
        @Override
        public int arity() {
            return 2;
        }
    }

    /** The numbers of several nodes, one after the other. */
    public record Concatenation() implements Operation {
        @Override
        public int arity() {
            return -1;
        }
    }

    /** The same numbers in another shape. */
    public record Reshape() implements Operation {}

    /**
     * Takes each number from a place of the input, or gives a constant: slices, transposes, pads with constants.
     *
     * @param source for each number the index in the input, or -1 for a constant
     * @param constants the constants; only those count where the source is -1
     */
    public record Rearrangement(int[] source, float[] constants) implements Operation {
        public Rearrangement {
            requireLength("constants of a rearrangement", constants, source.length);
        }
    }

    /**
     * An operation that has no rule here.
     *
     * @param operator its name in the model
     */
    public record Unsupported(String operator) implements Operation {
        @Override
        public int arity() {
            return -1;
        }
    }

    public LayerGraph {
        nodes = List.copyOf(nodes);
        if (nodes.isEmpty() || !(nodes.get(0).operation() instanceof Input)) {
            throw new GauntletException("A graph of layers begins with its input.");
        }
        for (int i = 0; i < nodes.size(); i++) {
            Node node = nodes.get(i);
            int index = i;
            int arity = node.operation().arity();
            if ((arity >= 0 && node.inputs().length != arity)
                    || Arrays.stream(node.inputs()).anyMatch(input -> input < 0 || input >= index)) {
                throw new GauntletException("The node %s takes %s, which do not come before it."
                        .formatted(node.name(), Arrays.toString(node.inputs())));
            }
            requireSizes(nodes, node);
        }
    }

    private static void requireSizes(List<Node> nodes, Node node) {
        int taken = Arrays.stream(node.inputs())
                .map(input -> nodes.get(input).size())
                .sum();
        Operation operation = node.operation();
        boolean fits = true;
        if (operation instanceof Dense dense) {
            fits = taken == dense.inputs() && node.size() == dense.outputs();
        } else if (operation instanceof Scale scale) {
            fits = taken == scale.factors().length && node.size() == taken;
        } else if (operation instanceof Relu
                || operation instanceof Sigmoidal
                || operation instanceof Reshape
                || operation instanceof Concatenation) {
            fits = taken == node.size();
        } else if (operation instanceof Add) {
            fits = taken == 2 * node.size() && nodes.get(node.inputs()[0]).size() == node.size();
        } else if (operation instanceof Rearrangement rearrangement) {
            int inputs = taken;
            fits = rearrangement.source().length == node.size()
                    && Arrays.stream(rearrangement.source()).allMatch(place -> place >= -1 && place < inputs);
        } else if (operation instanceof Convolution convolution) {
            int[] image = nodes.get(node.inputs()[0]).shape();
            fits = image.length == 3
                    && image[0] == convolution.kernel()[1] * convolution.groups()
                    && Arrays.equals(node.shape(), new int[] {
                        convolution.kernel()[0], places(convolution, image, 0), places(convolution, image, 1)
                    });
        } else if (operation instanceof AveragePool || operation instanceof MaxPool) {
            int[] image = nodes.get(node.inputs()[0]).shape();
            fits = image.length == 3 && node.shape().length == 3 && node.shape()[0] == image[0];
        }
        if (!fits) {
            throw new GauntletException("The node %s of shape %s does not fit its inputs of %d numbers."
                    .formatted(node.name(), Arrays.toString(node.shape()), taken));
        }
    }

    private static int places(Convolution convolution, int[] image, int side) {
        int room = image[side + 1]
                + convolution.pads()[side]
                + convolution.pads()[side + 2]
                - convolution.dilations()[side] * (convolution.kernel()[side + 2] - 1)
                - 1;
        return Math.floorDiv(room, convolution.strides()[side]) + 1;
    }

    /**
     * Returns the number of inputs.
     *
     * @return how many pixels times channels an example has
     */
    public int inputs() {
        return nodes.get(0).size();
    }

    /**
     * Returns the number of classes.
     *
     * @return the number of logits
     */
    public int classes() {
        return nodes.get(nodes.size() - 1).size();
    }

    /**
     * Requires that every operation has a rule and that all weights are finite.
     *
     * @param model the name of the model, for the message
     * @throws GauntletException if not; the message lists all operators without a rule
     */
    public void requireRules(String model) {
        String unsupported = nodes.stream()
                .filter(node -> node.operation() instanceof Unsupported)
                .map(node -> "%s at %s".formatted(((Unsupported) node.operation()).operator(), node.name()))
                .collect(Collectors.joining(", "));
        if (!unsupported.isEmpty()) {
            throw new GauntletException(
                    "The model %s cannot be certified: %s; there are no bounds for %s. Smoothing certifies any classifier."
                            .formatted(
                                    model,
                                    unsupported,
                                    unsupported.contains(",") ? "these operators" : "this operator"));
        }
        for (Node node : nodes) {
            if (!isFinite(node.operation())) {
                throw new GauntletException("The model %s cannot be certified: the weights at %s are NaN or infinite."
                        .formatted(model, node.name()));
            }
        }
    }

    private static boolean isFinite(Operation operation) {
        if (operation instanceof Dense dense) {
            return isFinite(dense.weight()) && isFinite(dense.bias());
        }
        if (operation instanceof Convolution convolution) {
            return isFinite(convolution.weight()) && isFinite(convolution.bias());
        }
        if (operation instanceof Scale scale) {
            return Arrays.stream(scale.subtracted()).allMatch(Double::isFinite)
                    && Arrays.stream(scale.factors()).allMatch(Double::isFinite)
                    && Arrays.stream(scale.added()).allMatch(Double::isFinite);
        }
        if (operation instanceof Rearrangement rearrangement) {
            return isFinite(rearrangement.constants());
        }
        return true;
    }

    private static boolean isFinite(float[] values) {
        return IntStream.range(0, values.length).allMatch(i -> Float.isFinite(values[i]));
    }

    private static void requireLength(String what, float[] values, long length) {
        if (values.length != length) {
            throw new GauntletException("There are %d %s instead of %d.".formatted(values.length, what, length));
        }
    }
}

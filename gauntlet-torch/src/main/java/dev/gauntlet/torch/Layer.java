package dev.gauntlet.torch;

import dev.gauntlet.GauntletException;
import dev.gauntlet.data.ImageShape;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * One layer of a feed-forward network, written as in {@link Network#parse}.
 *
 * <p>A flat vector of length n is an image shape of n channels, height 1 and width 1.
 */
public sealed interface Layer {
    /**
     * Returns the shape of an example after this layer.
     *
     * @param input the shape before the layer
     * @return the shape after the layer
     * @throws GauntletException if the layer does not fit the input
     */
    ImageShape output(ImageShape input);

    /**
     * Returns the shape of this layer's weights, in PyTorch's layout, for layers that have weights.
     *
     * @param input the shape of an example before the layer
     * @return the shape of the weights, or nothing for a layer without weights
     */
    default Optional<WeightShape> weights(ImageShape input) {
        return Optional.empty();
    }

    /**
     * Tells whether a network with this layer can be trained, or only loaded.
     *
     * @return false for a layer that is supported only with externally trained weights
     */
    default boolean isTrainable() {
        return true;
    }

    /**
     * Convolution, written {@code conv 32 k5 s1 p2}; weights in the order output, input, height, width.
     *
     * @param channels the number of output channels, at least 1
     * @param kernel the side of the square kernel, at least 1
     * @param stride the step of the kernel, at least 1
     * @param padding the zeros added on every side, at least 0
     * @param bias whether there is a bias; if not, {@code nobias} is appended
     */
    record Convolution(int channels, int kernel, int stride, int padding, boolean bias) implements Layer {
        /**
         * A convolution with a bias.
         *
         * @param channels the number of output channels, at least 1
         * @param kernel the side of the square kernel, at least 1
         * @param stride the step of the kernel, at least 1
         * @param padding the zeros added on every side, at least 0
         */
        public Convolution(int channels, int kernel, int stride, int padding) {
            this(channels, kernel, stride, padding, true);
        }

        public Convolution {
            if (channels < 1 || kernel < 1 || stride < 1 || padding < 0) {
                throw new GauntletException(
                        "conv %d k%d s%d p%d: channels, kernel and stride must be at least 1, padding at least 0."
                                .formatted(channels, kernel, stride, padding));
            }
        }

        @Override
        public ImageShape output(ImageShape input) {
            long height = side(input.height());
            long width = side(input.width());
            if (height < 1 || width < 1 || height > Integer.MAX_VALUE || width > Integer.MAX_VALUE) {
                throw new GauntletException("%s does not fit an input of %s.".formatted(this, input));
            }
            return new ImageShape(channels, (int) height, (int) width);
        }

        private long side(int inputSide) {
            return Math.floorDiv(inputSide + 2L * padding - kernel, (long) stride) + 1;
        }

        @Override
        public Optional<WeightShape> weights(ImageShape input) {
            return Optional.of(new WeightShape(
                    new long[] {channels, input.channels(), kernel, kernel}, new long[] {channels}, bias));
        }

        @Override
        public boolean isTrainable() {
            return bias;
        }

        @Override
        public String toString() {
            return "conv %d k%d s%d p%d%s".formatted(channels, kernel, stride, padding, bias ? "" : " nobias");
        }
    }

    /**
     * Fully connected layer, written {@code linear 1000}; weights in the order output, input.
     *
     * @param outputs the number of outputs, at least 1
     * @param bias whether there is a bias; if not, {@code nobias} is appended
     */
    record Linear(int outputs, boolean bias) implements Layer {
        /**
         * A layer with a bias.
         *
         * @param outputs the number of outputs, at least 1
         */
        public Linear(int outputs) {
            this(outputs, true);
        }

        public Linear {
            if (outputs < 1) {
                throw new GauntletException("linear %d: the number of outputs must be at least 1.".formatted(outputs));
            }
        }

        @Override
        public ImageShape output(ImageShape input) {
            if (input.height() != 1 || input.width() != 1) {
                throw new GauntletException(
                        "%s requires a flat input, got %s; insert 'flatten' before it.".formatted(this, input));
            }
            return new ImageShape(outputs, 1, 1);
        }

        @Override
        public Optional<WeightShape> weights(ImageShape input) {
            return Optional.of(new WeightShape(new long[] {outputs, input.channels()}, new long[] {outputs}, bias));
        }

        @Override
        public boolean isTrainable() {
            return bias;
        }

        @Override
        public String toString() {
            return "linear " + outputs + (bias ? "" : " nobias");
        }
    }

    /** Rectified linear unit, written {@code relu}. */
    record Relu() implements Layer {
        @Override
        public ImageShape output(ImageShape input) {
            return input;
        }

        @Override
        public String toString() {
            return "relu";
        }
    }

    /** An elementwise activation function, written as its name in lower case. */
    enum Activation implements Layer {
        /** The exponential linear unit: {@code x} above 0, {@code exp(x) - 1} below. */
        ELU,
        /** The Gaussian error linear unit: {@code x} times the share of the normal distribution below {@code x}. */
        GELU,
        /** The sigmoid linear unit, also called swish: {@code x * sigmoid(x)}. */
        SILU,
        /** {@code 1 / (1 + exp(-x))}. */
        SIGMOID,
        /** The hyperbolic tangent. */
        TANH;

        @Override
        public ImageShape output(ImageShape input) {
            return input;
        }

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * Leaky rectified linear unit, written {@code leaky-relu 0.01}.
     *
     * @param slope the factor for negative numbers, finite
     */
    record LeakyRelu(double slope) implements Layer {
        public LeakyRelu {
            if (!Double.isFinite(slope)) {
                throw new GauntletException("leaky-relu %s: the slope must be a finite number.".formatted(slope));
            }
        }

        @Override
        public ImageShape output(ImageShape input) {
            return input;
        }

        @Override
        public String toString() {
            return "leaky-relu " + slope;
        }
    }

    /**
     * Batch normalization, written {@code batchnorm} or {@code bn}, or {@code batchnorm 0.001} with an epsilon other than
     * 0.00001: each channel minus its mean, divided by its standard deviation, times a weight, plus a bias.
     *
     * <p>In a training step the mean and the variance are those of the batch, and running ones are kept; everywhere else
     * these are used, as part of the weight and the bias.
     *
     * @param epsilon the number added to the variances, positive
     */
    record BatchNorm(double epsilon) implements Layer {
        /** PyTorch's default. */
        public static final double USUAL_EPSILON = 1e-5;

        public BatchNorm {
            if (!(epsilon > 0) || !Double.isFinite(epsilon)) {
                throw new GauntletException(
                        "batchnorm %s: the number added to the variances must be positive.".formatted(epsilon));
            }
        }

        @Override
        public ImageShape output(ImageShape input) {
            return input;
        }

        @Override
        public Optional<WeightShape> weights(ImageShape input) {
            long[] channels = {input.channels()};
            return Optional.of(new WeightShape(channels, channels, true));
        }

        @Override
        public String toString() {
            return epsilon == USUAL_EPSILON ? "batchnorm" : "batchnorm " + epsilon;
        }
    }

    /**
     * A residual block, written {@code residual(conv 16 k3 p1, bn, relu, conv 16 k3 p1, bn)}: the outputs of layers plus their
     * input, or plus what a shortcut makes of the input, {@code residual(conv 32 k3 s2 p1, relu | conv 32 k1 s2)}.
     *
     * <p>He, Zhang, Ren and Sun, "Deep Residual Learning for Image Recognition", CVPR 2016, <a
     * href="https://arxiv.org/abs/1512.03385">arXiv:1512.03385</a>.
     *
     * @param body the layers, at least one; no dropout
     * @param shortcut the layers of the shortcut; empty for the input as it is
     */
    record Residual(List<Layer> body, List<Layer> shortcut) implements Layer {
        public Residual {
            body = List.copyOf(body);
            shortcut = List.copyOf(shortcut);
            if (body.isEmpty()) {
                throw new GauntletException(
                        "residual requires at least one layer, as in 'residual(conv 16 k3 p1, relu)'.");
            }
            if (Stream.concat(body.stream(), shortcut.stream()).anyMatch(Dropout.class::isInstance)) {
                throw new GauntletException("residual cannot contain dropout; insert it before or after the block.");
            }
        }

        @Override
        public ImageShape output(ImageShape input) {
            ImageShape ofBody = output(body, input);
            ImageShape ofShortcut = output(shortcut, input);
            if (!ofBody.equals(ofShortcut)) {
                throw new GauntletException(
                        "%s adds %s to %s; the shapes must be the same: change the layers, or add a shortcut after '|', as in 'residual(conv 32 k3 s2 p1 | conv 32 k1 s2)'."
                                .formatted(this, ofBody, ofShortcut));
            }
            return ofBody;
        }

        private static ImageShape output(List<Layer> layers, ImageShape input) {
            ImageShape shape = input;
            for (Layer layer : layers) {
                shape = layer.output(shape);
            }
            return shape;
        }

        @Override
        public boolean isTrainable() {
            return Stream.concat(body.stream(), shortcut.stream()).allMatch(Layer::isTrainable);
        }

        @Override
        public String toString() {
            return "residual(%s%s)".formatted(written(body), shortcut.isEmpty() ? "" : " | " + written(shortcut));
        }

        private static String written(List<Layer> layers) {
            return layers.stream().map(Layer::toString).collect(Collectors.joining(", "));
        }
    }

    /**
     * Max pooling over squares, written {@code pool 2}, or {@code pool 3 s2 p1} if they overlap or are padded.
     *
     * @param size the side of the square, at least 1
     * @param stride the step, at least 1
     * @param padding the padding on every side, at least 0 and at most half of the size
     */
    record MaxPool(int size, int stride, int padding) implements Layer {
        public MaxPool {
            if (size < 1 || stride < 1 || padding < 0 || padding > size / 2) {
                throw new GauntletException(
                        "pool %d s%d p%d: size and stride must be at least 1, and padding at least 0 and at most half of the size."
                                .formatted(size, stride, padding));
            }
        }

        /**
         * Max pooling over squares that do not overlap.
         *
         * @param size the side of the square and the step, at least 1
         */
        public MaxPool(int size) {
            this(size, Math.max(1, size), 0);
        }

        @Override
        public ImageShape output(ImageShape input) {
            return new ImageShape(input.channels(), side(input.height(), input), side(input.width(), input));
        }

        private int side(int inputSide, ImageShape input) {
            long padded = inputSide + 2L * padding;
            if (padded < size) {
                throw new GauntletException("%s does not fit an input of %s.".formatted(this, input));
            }
            return (int) ((padded - size) / stride + 1);
        }

        @Override
        public String toString() {
            return stride == size && padding == 0 ? "pool " + size : "pool %d s%d p%d".formatted(size, stride, padding);
        }
    }

    /**
     * Average pooling over squares that do not overlap, written {@code average-pool 2}.
     *
     * @param size the side of the square and the step, at least 1
     */
    record AveragePool(int size) implements Layer {
        public AveragePool {
            if (size < 1) {
                throw new GauntletException("average-pool %d: the size must be at least 1.".formatted(size));
            }
        }

        @Override
        public ImageShape output(ImageShape input) {
            if (input.height() < size || input.width() < size) {
                throw new GauntletException("%s does not fit an input of %s.".formatted(this, input));
            }
            return new ImageShape(input.channels(), input.height() / size, input.width() / size);
        }

        @Override
        public String toString() {
            return "average-pool " + size;
        }
    }

    /** Average pooling over each whole channel, written {@code global-average-pool}. */
    record GlobalAveragePool() implements Layer {
        @Override
        public ImageShape output(ImageShape input) {
            return new ImageShape(input.channels(), 1, 1);
        }

        @Override
        public String toString() {
            return "global-average-pool";
        }
    }

    /** Flattens an image to a vector, in the order channels, rows, columns; written {@code flatten}. */
    record Flatten() implements Layer {
        @Override
        public ImageShape output(ImageShape input) {
            return new ImageShape(input.size(), 1, 1);
        }

        @Override
        public String toString() {
            return "flatten";
        }
    }

    /**
     * Dropout: sets values to 0 at random in training and scales up the others, written {@code dropout 0.5}, or {@code
     * channel-dropout 0.5} for whole channels; the identity outside training.
     *
     * @param probability the probability of dropping a value or channel, at least 0 and below 1
     * @param wholeChannels whether the values of a channel are dropped together
     */
    record Dropout(double probability, boolean wholeChannels) implements Layer {
        public Dropout {
            if (!(probability >= 0 && probability < 1)) {
                throw new GauntletException(
                        "dropout %s: the probability must be at least 0 and below 1.".formatted(probability));
            }
        }

        @Override
        public ImageShape output(ImageShape input) {
            return input;
        }

        @Override
        public String toString() {
            return (wholeChannels ? "channel-dropout " : "dropout ") + probability;
        }
    }

    /**
     * The shapes of one layer's weights.
     *
     * @param weight the shape of the weight
     * @param bias the shape of the bias
     * @param hasBias whether the file contains the bias; otherwise it is 0
     */
    record WeightShape(long[] weight, long[] bias, boolean hasBias) {
        /**
         * Returns the number of inputs of one output (the fan-in), which determines the size of the initial weights.
         *
         * @return the product of all dimensions of the weight except the first
         */
        public int fanIn() {
            int product = 1;
            for (int i = 1; i < weight.length; i++) {
                product *= Math.toIntExact(weight[i]);
            }
            return product;
        }
    }
}

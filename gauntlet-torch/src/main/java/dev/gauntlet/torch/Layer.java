package dev.gauntlet.torch;

import dev.gauntlet.GauntletException;
import dev.gauntlet.data.ImageShape;
import java.util.Optional;

/**
 * One step of a feed-forward network, written as in {@link Network#parse}.
 *
 * <p>A flat vector of length n is an image shape of n channels, height 1 and width 1.
 */
public sealed interface Layer {
    /**
     * Returns the shape of an example behind this layer.
     *
     * @param input the shape before it
     * @return the shape behind it
     * @throws GauntletException if the layer does not fit the input
     */
    ImageShape output(ImageShape input);

    /**
     * Returns the shape of this layer's weights, in PyTorch's layout, for layers that are trained.
     *
     * @param input the shape of an example before the layer
     * @return the shape of the weights, or nothing for a layer without weights
     */
    default Optional<WeightShape> weights(ImageShape input) {
        return Optional.empty();
    }

    /**
     * Convolution, written {@code conv 32 k5 s1 p2}; weights in the order output, input, height, width.
     *
     * @param channels the number of output channels, at least 1
     * @param kernel the side of the square kernel, at least 1
     * @param stride the step of the kernel, at least 1
     * @param padding the zeros added on every side, at least 0
     */
    record Convolution(int channels, int kernel, int stride, int padding) implements Layer {
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
            return Optional.of(
                    new WeightShape(new long[] {channels, input.channels(), kernel, kernel}, new long[] {channels}));
        }

        @Override
        public String toString() {
            return "conv %d k%d s%d p%d".formatted(channels, kernel, stride, padding);
        }
    }

    /**
     * Fully connected layer, written {@code linear 1000}; weights in the order output, input.
     *
     * @param outputs the number of outputs, at least 1
     */
    record Linear(int outputs) implements Layer {
        public Linear {
            if (outputs < 1) {
                throw new GauntletException("linear %d: the number of outputs must be at least 1.".formatted(outputs));
            }
        }

        @Override
        public ImageShape output(ImageShape input) {
            if (input.height() != 1 || input.width() != 1) {
                throw new GauntletException(
                        "%s needs a flat input, got %s; put 'flatten' before it.".formatted(this, input));
            }
            return new ImageShape(outputs, 1, 1);
        }

        @Override
        public Optional<WeightShape> weights(ImageShape input) {
            return Optional.of(new WeightShape(new long[] {outputs, input.channels()}, new long[] {outputs}));
        }

        @Override
        public String toString() {
            return "linear " + outputs;
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

    /**
     * Maximum over squares that do not overlap, written {@code pool 2}.
     *
     * @param size the side of the square and the step, at least 1
     */
    record MaxPool(int size) implements Layer {
        public MaxPool {
            if (size < 1) {
                throw new GauntletException("pool %d: the size must be at least 1.".formatted(size));
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
            return "pool " + size;
        }
    }

    /** Turns an image into a vector, in the order channels, rows, columns; written {@code flatten}. */
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
     * Sets values to 0 at random while training and scales up the rest, written {@code dropout 0.5}, or
     * {@code channel-dropout 0.5} for whole channels; nothing outside training.
     *
     * @param probability how likely a value or channel is dropped, at least 0 and below 1
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
     */
    record WeightShape(long[] weight, long[] bias) {
        /**
         * Returns how many inputs one output sees, which sets the size of the initial weights.
         *
         * @return the product of all sides of the weight but the first
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

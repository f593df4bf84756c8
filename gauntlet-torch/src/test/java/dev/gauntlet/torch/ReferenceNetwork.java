package dev.gauntlet.torch;

import dev.gauntlet.data.ImageShape;
import java.util.Arrays;
import java.util.List;
import org.apache.commons.statistics.distribution.NormalDistribution;

/** The forward pass of a network in double precision and straight loops, which shares no code with the engine. */
final class ReferenceNetwork {
    private final Network network;
    private final List<WeightTensor> weights;

    /** Takes weight and bias of each layer in turn. */
    ReferenceNetwork(Network network, List<WeightTensor> weights) {
        this.network = network;
        this.weights = weights;
    }

    double[] logits(double[] example) {
        ImageShape shape = network.input();
        double[] h = example;
        int next = 0;
        for (Layer layer : network.layers()) {
            ImageShape output = layer.output(shape);
            if (layer instanceof Layer.Convolution convolution) {
                h = convolve(
                        convolution,
                        h,
                        shape,
                        output,
                        weights.get(next).values(),
                        weights.get(next + 1).values());
                next += 2;
            } else if (layer instanceof Layer.Linear) {
                h = multiply(
                        h, weights.get(next).values(), weights.get(next + 1).values());
                next += 2;
            } else if (layer instanceof Layer.Relu) {
                h = Arrays.stream(h).map(value -> Math.max(0, value)).toArray();
            } else if (layer instanceof Layer.MaxPool pool) {
                h = pool(pool, h, shape, output);
            } else if (layer instanceof Layer.AveragePool pool) {
                h = average(pool.size(), pool.size(), h, shape, output);
            } else if (layer instanceof Layer.GlobalAveragePool) {
                h = average(shape.height(), shape.width(), h, shape, output);
            } else if (layer instanceof Layer.BatchNorm) {
                h = scale(
                        h,
                        shape,
                        weights.get(next).values(),
                        weights.get(next + 1).values());
                next += 2;
            } else if (layer instanceof Layer.LeakyRelu leaky) {
                h = Arrays.stream(h)
                        .map(value -> value > 0 ? value : leaky.slope() * value)
                        .toArray();
            } else if (layer instanceof Layer.Activation activation) {
                h = Arrays.stream(h).map(value -> activate(activation, value)).toArray();
            }
            shape = output;
        }
        return h;
    }

    /** The cross-entropy of the softmax with the true label. */
    double loss(double[] example, int label) {
        double[] logits = logits(example);
        double largest = Arrays.stream(logits).max().orElseThrow();
        double sum = Arrays.stream(logits).map(z -> Math.exp(z - largest)).sum();
        return Math.log(sum) + largest - logits[label];
    }

    private static double[] convolve(
            Layer.Convolution layer,
            double[] input,
            ImageShape inputShape,
            ImageShape outputShape,
            float[] weight,
            float[] bias) {
        int side = layer.kernel();
        double[] output = new double[outputShape.size()];
        int at = 0;
        for (int o = 0; o < outputShape.channels(); o++) {
            for (int y = 0; y < outputShape.height(); y++) {
                for (int x = 0; x < outputShape.width(); x++) {
                    double sum = bias[o];
                    for (int c = 0; c < inputShape.channels(); c++) {
                        for (int ky = 0; ky < side; ky++) {
                            for (int kx = 0; kx < side; kx++) {
                                int row = y * layer.stride() + ky - layer.padding();
                                int column = x * layer.stride() + kx - layer.padding();
                                if (row >= 0
                                        && row < inputShape.height()
                                        && column >= 0
                                        && column < inputShape.width()) {
                                    sum += (double) weight[((o * inputShape.channels() + c) * side + ky) * side + kx]
                                            * input[(c * inputShape.height() + row) * inputShape.width() + column];
                                }
                            }
                        }
                    }
                    output[at++] = sum;
                }
            }
        }
        return output;
    }

    private static double[] multiply(double[] input, float[] weight, float[] bias) {
        double[] output = new double[bias.length];
        for (int o = 0; o < output.length; o++) {
            double sum = bias[o];
            for (int i = 0; i < input.length; i++) {
                sum += weight[o * input.length + i] * input[i];
            }
            output[o] = sum;
        }
        return output;
    }

    private static double[] scale(double[] input, ImageShape shape, float[] weight, float[] bias) {
        double[] output = new double[input.length];
        int plane = shape.height() * shape.width();
        for (int i = 0; i < input.length; i++) {
            output[i] = input[i] * weight[i / plane] + bias[i / plane];
        }
        return output;
    }

    private static double activate(Layer.Activation activation, double x) {
        return switch (activation) {
            case ELU -> x > 0 ? x : Math.expm1(x);
            case GELU -> x * NormalDistribution.of(0, 1).cumulativeProbability(x);
            case SILU -> x / (1 + Math.exp(-x));
            case SIGMOID -> 1 / (1 + Math.exp(-x));
            case TANH -> Math.tanh(x);
        };
    }

    private static double[] average(
            int height, int width, double[] input, ImageShape inputShape, ImageShape outputShape) {
        double[] output = new double[outputShape.size()];
        int at = 0;
        for (int c = 0; c < outputShape.channels(); c++) {
            for (int y = 0; y < outputShape.height(); y++) {
                for (int x = 0; x < outputShape.width(); x++) {
                    double sum = 0;
                    for (int row = y * height; row < (y + 1) * height; row++) {
                        for (int column = x * width; column < (x + 1) * width; column++) {
                            sum += input[(c * inputShape.height() + row) * inputShape.width() + column];
                        }
                    }
                    output[at++] = sum / (height * width);
                }
            }
        }
        return output;
    }

    private static double[] pool(Layer.MaxPool layer, double[] input, ImageShape inputShape, ImageShape outputShape) {
        double[] output = new double[outputShape.size()];
        int at = 0;
        for (int c = 0; c < outputShape.channels(); c++) {
            for (int y = 0; y < outputShape.height(); y++) {
                for (int x = 0; x < outputShape.width(); x++) {
                    double largest = Double.NEGATIVE_INFINITY;
                    int top = y * layer.stride() - layer.padding();
                    int left = x * layer.stride() - layer.padding();
                    for (int row = Math.max(0, top); row < Math.min(inputShape.height(), top + layer.size()); row++) {
                        for (int column = Math.max(0, left);
                                column < Math.min(inputShape.width(), left + layer.size());
                                column++) {
                            largest = Math.max(
                                    largest, input[(c * inputShape.height() + row) * inputShape.width() + column]);
                        }
                    }
                    output[at++] = largest;
                }
            }
        }
        return output;
    }
}

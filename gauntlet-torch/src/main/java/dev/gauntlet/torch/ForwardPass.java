package dev.gauntlet.torch;

import java.util.ArrayList;
import java.util.List;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.MemoryFormat;

/** Computes a network with libtorch's operations, in the order and memory format that is fastest on a CPU. */
final class ForwardPass {
    /** What the layers do that compute differently in training. */
    @FunctionalInterface
    interface Mode {
        /** Outside training. */
        Mode INFERENCE = (layer, index, input) -> input;

        /**
         * Applies a dropout layer.
         *
         * @param layer the layer
         * @param index its position among the layers
         * @param input its input
         * @return its output
         */
        Tensor drop(Layer.Dropout layer, int index, Tensor input);

        /**
         * Applies a batch normalization; by default its weight and bias include the mean and the variance.
         *
         * @param layer the layer
         * @param position the position of its weight among all tensors of weights
         * @param input its input
         * @param weight its weight
         * @param bias its bias
         * @return its output
         */
        default Tensor normalize(Layer.BatchNorm layer, int position, Tensor input, Tensor weight, Tensor bias) {
            return scale(input, weight, bias);
        }
    }

    private final List<Tensor> parameters;
    private final Mode mode;

    /** The position of the next tensor of weights. */
    private int parameter;

    private ForwardPass(List<Tensor> parameters, Mode mode) {
        this.parameters = parameters;
        this.mode = mode;
    }

    /**
     * Computes the logits.
     *
     * @param network the layers
     * @param x examples of shape examples, channels, height, width
     * @param parameters weight and bias of each layer that has them, in order
     * @param mode what dropout and batch normalizations do
     * @return logits of shape examples, classes
     */
    static Tensor compute(Network network, Tensor x, List<Tensor> parameters, Mode mode) {
        return compute(network.layers(), x, parameters, mode);
    }

    /**
     * Computes some layers.
     *
     * @param layers the layers in order
     * @param x the input of the first one
     * @param parameters weight and bias of each of these layers that has them, in order
     * @param mode what dropout and batch normalizations do
     * @return the output of the last layer, flat
     */
    static Tensor compute(List<Layer> layers, Tensor x, List<Tensor> parameters, Mode mode) {
        return flat(new ForwardPass(parameters, mode).through(layers, x));
    }

    private Tensor through(List<Layer> layers, Tensor x) {
        Tensor h = x;
        boolean computed = false;
        for (int i = 0; i < layers.size(); i++) {
            Layer layer = layers.get(i);
            if (layer instanceof Layer.Convolution convolution) {
                h = convolve(
                        convolution,
                        image(h),
                        parameters.get(parameter),
                        new TensorOptional(parameters.get(parameter + 1)));
                parameter += 2;
                computed = true;
            } else if (layer instanceof Layer.Linear) {
                h = torch.linear(flat(h), parameters.get(parameter), new TensorOptional(parameters.get(parameter + 1)));
                parameter += 2;
                computed = true;
            } else if (layer instanceof Layer.Relu) {
                if (i + 1 < layers.size() && layers.get(i + 1) instanceof Layer.MaxPool pool) {
                    // both orders give the same result; after the pool there are fewer values to compare with 0
                    h = pool(pool, h);
                    computed = true;
                    i++;
                }
                // in place where possible: no backward pass needs the previous value, but the caller may need its input
                h = computed ? h.relu_() : torch.relu(h);
                // its backward pass needs its output
                computed = false;
            } else if (layer instanceof Layer.MaxPool pool) {
                h = pool(pool, h);
                computed = true;
            } else if (layer instanceof Layer.AveragePool pool) {
                h = torch.avg_pool2d(image(h), pool.size(), pool.size());
                computed = true;
            } else if (layer instanceof Layer.GlobalAveragePool) {
                h = image(h).mean(2, 3);
                computed = true;
            } else if (layer instanceof Layer.BatchNorm norm) {
                h = mode.normalize(norm, parameter, h, parameters.get(parameter), parameters.get(parameter + 1));
                parameter += 2;
                computed = true;
            } else if (layer instanceof Layer.Residual block) {
                Tensor body = through(block.body(), h);
                Tensor beside = through(block.shortcut(), h);
                // an image of one pixel is a vector, too
                h = body.dim() == beside.dim() ? body.add(beside) : flat(body).add(flat(beside));
                computed = true;
            } else if (layer instanceof Layer.LeakyRelu leaky) {
                h = torch.leaky_relu(h, new Scalar(leaky.slope()));
                computed = false;
            } else if (layer instanceof Layer.Activation activation) {
                h = activate(activation, h);
                // a backward pass may need the outputs of these
                computed = false;
            } else if (layer instanceof Layer.Flatten) {
                h = flat(h);
            } else if (layer instanceof Layer.Dropout drop) {
                h = mode.drop(drop, i, h);
            } else {
                throw new AssertionError(layer);
            }
        }
        return h;
    }

    /** Computes a layer without weights that is not dropout. */
    static Tensor compute(Layer layer, Tensor x) {
        return layer instanceof Layer.Relu
                ? torch.relu(x)
                : new ForwardPass(List.of(), Mode.INFERENCE).through(List.of(layer), x);
    }

    /** Flattens an image to a vector; images of one pixel count as vectors, so that all layers can be treated alike. */
    static Tensor flat(Tensor h) {
        return h.dim() == 2 ? h : h.flatten(1, -1);
    }

    static Tensor image(Tensor h) {
        return h.dim() == 4 ? h : h.reshape(h.size(0), h.size(1), 1, 1);
    }

    static Tensor convolve(Layer.Convolution layer, Tensor input, Tensor weight, TensorOptional bias) {
        long[] stride = {layer.stride(), layer.stride()};
        long[] padding = {layer.padding(), layer.padding()};
        return torch.conv2d(
                        input.contiguous(MemoryFormat.ChannelsLast),
                        weight.contiguous(MemoryFormat.ChannelsLast),
                        bias,
                        stride,
                        padding,
                        new long[] {1, 1},
                        1)
                .contiguous(MemoryFormat.ChannelsLast);
    }

    private static Tensor pool(Layer.MaxPool layer, Tensor input) {
        return torch.max_pool2d(
                image(input),
                new long[] {layer.size(), layer.size()},
                new long[] {layer.stride(), layer.stride()},
                new long[] {layer.padding(), layer.padding()},
                new long[] {1, 1},
                false);
    }

    private static Tensor scale(Tensor input, Tensor weight, Tensor bias) {
        long[] perChannel = input.dim() == 4 ? new long[] {1, -1, 1, 1} : new long[] {1, -1};
        return input.mul(weight.reshape(perChannel)).add(bias.reshape(perChannel));
    }

    private static Tensor activate(Layer.Activation activation, Tensor input) {
        return switch (activation) {
            case ELU -> torch.elu(input);
            case GELU -> torch.gelu(input);
            case SILU -> torch.silu(input);
            case SIGMOID -> torch.sigmoid(input);
            case TANH -> torch.tanh(input);
        };
    }

    /** Creates tensors of weights, to be closed by the caller. */
    static List<Tensor> parameters(Iterable<WeightTensor> weights) {
        List<Tensor> tensors = new ArrayList<>();
        for (WeightTensor weight : weights) {
            try (PointerScope scope = new PointerScope()) {
                Tensor tensor = torch.from_blob(
                                Libtorch.copy(weight.values(), 0, weight.values().length), weight.shape())
                        .clone();
                if (weight.shape().length == 4) {
                    tensor = tensor.contiguous(MemoryFormat.ChannelsLast);
                }
                tensors.add(tensor.retainReference());
            }
        }
        return tensors;
    }
}

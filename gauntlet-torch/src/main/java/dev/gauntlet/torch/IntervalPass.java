package dev.gauntlet.torch;

import dev.gauntlet.GauntletException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/**
 * Bounds the outputs of layers by interval arithmetic in 32-bit floats, through which weights can be trained.
 *
 * <p>The bounds are not rounded outward; certificates are computed by {@code gauntlet-certify}.
 */
final class IntervalPass {
    private final ForwardPass.Mode mode;

    /** The input of each layer so far. */
    private final List<LinearPass.Range> ranges = new ArrayList<>();

    private Tensor lower;
    private Tensor upper;

    private IntervalPass(Tensor lower, Tensor upper, ForwardPass.Mode mode) {
        this.lower = lower;
        this.upper = upper;
        this.mode = mode;
    }

    /**
     * Bounds how much higher each logit can be than that of the true class.
     *
     * @param network a network that {@link #requireSupported} accepts
     * @param lower the smallest inputs, of shape examples, channels, height, width
     * @param upper the largest inputs
     * @param labels the true class of each example
     * @param parameters weight and bias of each layer that has them, in order
     * @param mode what dropout layers do
     * @param linearShare the share of the bound by linear functions over these intervals (CROWN-IBP) in the result, from 0 to 1;
     *     the rest is the bound by intervals
     * @return upper bounds of shape examples, classes; 0 for the true class
     */
    static Tensor worstLogits(
            Network network,
            Tensor lower,
            Tensor upper,
            Tensor labels,
            List<Tensor> parameters,
            ForwardPass.Mode mode,
            double linearShare) {
        IntervalPass pass = new IntervalPass(lower, upper, mode);
        List<Layer> layers = network.layers();
        List<List<Tensor>> ofLayers = new ArrayList<>();
        int parameter = 0;
        for (int i = 0; i < layers.size(); i++) {
            boolean weighted = layers.get(i) instanceof Layer.Convolution || layers.get(i) instanceof Layer.Linear;
            ofLayers.add(weighted ? parameters.subList(parameter, parameter + 2) : List.of());
            parameter += ofLayers.get(i).size();
        }
        for (int i = 0; i < layers.size() - 1; i++) {
            pass.ranges.add(new LinearPass.Range(pass.lower, pass.upper));
            pass.apply(layers.get(i), i, ofLayers.get(i));
        }
        pass.ranges.add(new LinearPass.Range(pass.lower, pass.upper));
        List<Tensor> last = ofLayers.get(layers.size() - 1);
        // row y holds the weights of each class minus those of class y
        Tensor pairs = last.get(0).unsqueeze(0).sub(last.get(0).unsqueeze(1));
        Tensor offsets = last.get(1).unsqueeze(0).sub(last.get(1).unsqueeze(1)).index_select(0, labels);
        Tensor byIntervals = pass.differences(labels, pairs, offsets);
        return linearShare == 0
                ? byIntervals
                : byIntervals
                        .mul(new Scalar(1 - linearShare))
                        .add(pass.byLines(layers, ofLayers, pairs.index_select(0, labels), offsets)
                                .mul(new Scalar(linearShare)));
    }

    /** Bounds the differences of logits by a pass back to the pixels. */
    private Tensor byLines(List<Layer> layers, List<List<Tensor>> parameters, Tensor rows, Tensor constant) {
        LinearPass pass = new LinearPass(rows, constant);
        for (int i = layers.size() - 2; i >= 0; i--) {
            LinearPass.Range input = ranges.get(i);
            Tensor mask = layers.get(i) instanceof Layer.Dropout drop
                    ? mode.drop(drop, i, torch.ones_like(input.lower()))
                    : input.lower();
            pass.back(layers.get(i), input, ranges.get(i + 1), parameters.get(i), mask);
        }
        return pass.largest(ranges.get(0));
    }

    /** Returns the numbers of classes as a tensor. */
    static Tensor indices(int[] labels) {
        return torch.from_blob(
                new LongPointer(Arrays.stream(labels).asLongStream().toArray()),
                new long[] {labels.length},
                torch.dtype(torch.ScalarType.Long));
    }

    /** Refuses networks with layers that have no bounds here. */
    static void requireSupported(Network network) {
        List<Layer> layers = network.layers();
        for (Layer layer : layers) {
            boolean supported = !(layer instanceof Layer.BatchNorm)
                    && !(layer instanceof Layer.Residual)
                    && layer != Layer.Activation.GELU
                    && layer != Layer.Activation.SILU
                    && !(layer instanceof Layer.LeakyRelu leaky && leaky.slope() < 0);
            if (!supported) {
                throw new GauntletException(
                        "The network '%s' has the layer '%s', for which interval bounds cannot be trained; use relu, or another objective."
                                .formatted(network.name(), layer));
            }
        }
        if (!(layers.get(layers.size() - 1) instanceof Layer.Linear)) {
            throw new GauntletException(
                    "The network '%s' ends with '%s'; interval bounds can be trained only if the last layer is linear."
                            .formatted(network.name(), layers.get(layers.size() - 1)));
        }
    }

    private void apply(Layer layer, int index, List<Tensor> parameters) {
        if (layer instanceof Layer.Convolution || layer instanceof Layer.Linear) {
            Tensor center = lower.add(upper).mul(new Scalar(0.5));
            Tensor radius = upper.sub(lower).mul(new Scalar(0.5));
            Tensor middle = affine(layer, center, parameters.get(0), new TensorOptional(parameters.get(1)));
            Tensor spread = affine(layer, radius, parameters.get(0).abs(), new TensorOptional());
            lower = middle.sub(spread);
            upper = middle.add(spread);
        } else if (layer instanceof Layer.Dropout drop) {
            // the same mask for both, and its factors are not negative
            lower = mode.drop(drop, index, lower);
            upper = mode.drop(drop, index, upper);
        } else {
            // all other layers never decrease when an input increases
            lower = ForwardPass.compute(layer, lower);
            upper = ForwardPass.compute(layer, upper);
        }
    }

    private static Tensor affine(Layer layer, Tensor input, Tensor weight, TensorOptional bias) {
        return layer instanceof Layer.Convolution convolution
                ? ForwardPass.convolve(convolution, ForwardPass.image(input), weight, bias)
                : torch.linear(ForwardPass.flat(input), weight, bias);
    }

    /** Applies the last layer to the differences of logits, which is tighter than bounding each logit. */
    private Tensor differences(Tensor labels, Tensor pairs, Tensor offsets) {
        Tensor center = ForwardPass.flat(lower.add(upper).mul(new Scalar(0.5)));
        Tensor radius = ForwardPass.flat(upper.sub(lower).mul(new Scalar(0.5)));
        Tensor middle = pairs.index_select(0, labels).bmm(center.unsqueeze(2)).squeeze(2);
        Tensor spread =
                pairs.abs().index_select(0, labels).bmm(radius.unsqueeze(2)).squeeze(2);
        return middle.add(offsets).add(spread);
    }
}

package dev.gauntlet.bounds;

import dev.gauntlet.model.LayerGraph;
import java.util.Arrays;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/** A convolution, or the average of windows, which is one. */
final class ConvolutionStep extends AffineStep {
    private final int[] image;
    private final int[] output;
    private final int[] pads;
    private final long[] strides;
    private final long[] dilations;
    private final long groups;
    private final Tensor weight;
    private final Tensor absolute;
    private final Tensor bias;
    private final long terms;

    private ConvolutionStep(
            int input,
            int[] image,
            int[] output,
            int[] pads,
            int[] strides,
            int[] dilations,
            int groups,
            Tensor weight,
            Tensor bias) {
        super(input, output[0] * output[1] * output[2]);
        this.image = image;
        this.output = output;
        this.pads = pads;
        this.strides = Arrays.stream(strides).asLongStream().toArray();
        this.dilations = Arrays.stream(dilations).asLongStream().toArray();
        this.groups = groups;
        this.weight = keep(weight);
        this.absolute = keep(weight.abs());
        this.bias = keep(bias.reshape(output[0], 1)
                .expand(output[0], (long) output[1] * output[2])
                .reshape(size()));
        this.terms = weight.numel() / weight.size(0);
    }

    static ConvolutionStep of(int input, int[] image, int[] output, LayerGraph.Convolution layer) {
        return new ConvolutionStep(
                input,
                image,
                output,
                layer.pads(),
                layer.strides(),
                layer.dilations(),
                layer.groups(),
                Doubles.of(
                        layer.weight(),
                        Arrays.stream(layer.kernel()).asLongStream().toArray()),
                Doubles.of(layer.bias(), layer.kernel()[0]));
    }

    static ConvolutionStep of(int input, int[] image, int[] output, LayerGraph.AveragePool layer) {
        int window = layer.kernel()[0] * layer.kernel()[1];
        double[] weights = new double[image[0] * window];
        // rounded, which the share of errors covers
        Arrays.fill(weights, 1.0 / window);
        return new ConvolutionStep(
                input,
                image,
                output,
                layer.pads(),
                layer.strides(),
                new int[] {1, 1},
                image[0],
                Doubles.of(weights, image[0], 1, layer.kernel()[0], layer.kernel()[1]),
                Doubles.zeros(image[0]));
    }

    private Tensor convolve(Tensor x, Tensor weights) {
        Tensor images = x.reshape(-1, image[0], image[1], image[2]);
        Tensor padded = Arrays.stream(pads).allMatch(pad -> pad == 0)
                ? images
                : torch.constant_pad_nd(images, new long[] {pads[1], pads[3], pads[0], pads[2]}, new Scalar(0.0));
        Tensor y = torch.convolution(
                padded,
                weights,
                new TensorOptional(),
                strides,
                new long[] {0, 0},
                dilations,
                false,
                new long[] {0, 0},
                groups);
        long[] sides = {x.size(0), size()};
        return y.reshape(sides);
    }

    @Override
    Tensor product(Tensor x) {
        return convolve(x, weight);
    }

    @Override
    Tensor absoluteProduct(Tensor x) {
        return convolve(x, absolute);
    }

    @Override
    Tensor transposedProduct(Tensor rows) {
        long examples = rows.size(0);
        long count = rows.size(1);
        Tensor images = rows.reshape(-1, output[0], output[1], output[2]);
        long[] more = new long[2];
        for (int side = 0; side < 2; side++) {
            long padded = (long) image[side + 1] + pads[side] + pads[side + 2];
            long covered = (output[side + 1] - 1L) * strides[side] + dilations[side] * (weight.size(side + 2) - 1) + 1;
            more[side] = padded - covered;
        }
        Tensor y = torch.convolution(
                images,
                weight,
                new TensorOptional(),
                strides,
                new long[] {0, 0},
                dilations,
                true,
                new long[] {0, 0},
                groups);
        // what no window covers has the coefficient 0; what is beside the image is dropped
        Tensor whole = torch.constant_pad_nd(
                        y, new long[] {-pads[1], more[1] - pads[3], -pads[0], more[0] - pads[2]}, new Scalar(0.0))
                .contiguous();
        return whole.reshape(examples, count, (long) image[0] * image[1] * image[2]);
    }

    @Override
    Tensor bias() {
        return bias;
    }

    @Override
    long terms() {
        return terms;
    }
}

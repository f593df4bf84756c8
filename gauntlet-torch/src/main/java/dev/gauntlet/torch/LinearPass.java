package dev.gauntlet.torch;

import java.util.Arrays;
import java.util.List;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.MemoryFormat;

/**
 * Bounds affine functions of a layer's outputs from above by affine functions of the pixels, through which weights can be
 * trained.
 *
 * <p>Zhang et al., "Towards Stable and Efficient Training of Verifiably Robust Neural Networks", ICLR 2020, <a
 * href="https://arxiv.org/abs/1906.06316">arXiv:1906.06316</a>: the pass of CROWN over bounds of the layers that come from
 * intervals. The lower line of a ReLU has slope 1 if more of its interval is above 0 than below, else slope 0. Functions
 * other than ReLUs are bounded by constants.
 */
final class LinearPass {
    /** The coefficients of each function, of shape examples, functions, numbers. */
    private Tensor rows;

    /** What is added to each function, of shape examples, functions. */
    private Tensor constant;

    LinearPass(Tensor rows, Tensor constant) {
        this.rows = rows;
        this.constant = constant;
    }

    /**
     * The smallest and largest values of numbers.
     *
     * @param lower the smallest ones, of shape examples and then that of a layer
     * @param upper the largest ones
     */
    record Range(Tensor lower, Tensor upper) {
        Range flat() {
            return new Range(ForwardPass.flat(lower), ForwardPass.flat(upper));
        }
    }

    /**
     * Replaces functions of a layer's outputs by functions of its inputs.
     *
     * @param layer the layer
     * @param input the range of its inputs
     * @param output the range of its outputs
     * @param parameters weight and bias, if it has them
     * @param mask the factors of a dropout layer, which is not used otherwise
     */
    void back(Layer layer, Range input, Range output, List<Tensor> parameters, Tensor mask) {
        if (layer instanceof Layer.Linear) {
            addToConstant(rows.matmul(parameters.get(1)));
            rows = rows.matmul(parameters.get(0));
        } else if (layer instanceof Layer.Convolution convolution) {
            convolve(convolution, input.lower(), output.lower(), parameters);
        } else if (layer instanceof Layer.Relu) {
            bend(0, input.flat());
        } else if (layer instanceof Layer.LeakyRelu leaky) {
            bend(leaky.slope(), input.flat());
        } else if (layer instanceof Layer.MaxPool pool) {
            choose(pool, input, output);
        } else if (layer instanceof Layer.AveragePool pool) {
            spread(pool.size(), input.lower(), output.lower());
        } else if (layer instanceof Layer.GlobalAveragePool) {
            Tensor image = ForwardPass.image(input.lower());
            long plane = image.size(2) * image.size(3);
            rows = rows.div(new Scalar((double) plane))
                    .repeat_interleave(plane, new LongOptional(2), new LongOptional());
        } else if (layer instanceof Layer.Dropout) {
            rows = rows.mul(ForwardPass.flat(mask).unsqueeze(1));
        } else if (!(layer instanceof Layer.Flatten)) {
            // any other function never decreases, so its values at the ends of the interval bound it
            Range ends = output.flat();
            addToConstant(dot(positive(), ends.upper()).add(dot(negative(), ends.lower())));
            rows = torch.zeros_like(rows);
        }
    }

    /** Returns the largest values of the functions for inputs in a box. */
    Tensor largest(Range box) {
        Range flat = box.flat();
        Tensor center = flat.lower().add(flat.upper()).mul(new Scalar(0.5));
        Tensor radius = flat.upper().sub(flat.lower()).mul(new Scalar(0.5));
        return constant.add(dot(rows, center)).add(dot(rows.abs(), radius));
    }

    private void convolve(Layer.Convolution layer, Tensor input, Tensor output, List<Tensor> parameters) {
        Tensor image = ForwardPass.image(input);
        long examples = rows.size(0);
        long functions = rows.size(1);
        Tensor sheets = rows.reshape(examples * functions, output.size(1), output.size(2), output.size(3));
        addToConstant(sheets.sum(2, 3).matmul(parameters.get(1)).reshape(examples, functions));
        rows = transposed(layer, sheets, parameters.get(0), image)
                .reshape(examples, functions, image.size(1) * image.size(2) * image.size(3));
    }

    /**
     * Applies the transposed convolution, as a convolution of its own for each of the places that a stride skips: libtorch
     * computes transposed convolutions several times more slowly.
     */
    private static Tensor transposed(Layer.Convolution layer, Tensor sheets, Tensor weight, Tensor image) {
        long stride = layer.stride();
        long taps = (layer.kernel() + stride - 1) / stride;
        long missing = taps * stride - layer.kernel();
        long inputs = weight.size(1);
        Tensor kernels = torch.constant_pad_nd(weight, new long[] {0, missing, 0, missing}, new Scalar(0.0))
                .reshape(weight.size(0), inputs, taps, stride, taps, stride)
                .flip(2, 4)
                .permute(1, 3, 5, 0, 2, 4)
                .reshape(inputs * stride * stride, weight.size(0), taps, taps);
        Tensor phases = torch.conv2d(
                sheets.contiguous(MemoryFormat.ChannelsLast),
                kernels.contiguous(MemoryFormat.ChannelsLast),
                new TensorOptional(),
                new long[] {1, 1},
                new long[] {taps - 1, taps - 1},
                new long[] {1, 1},
                1);
        Tensor all = torch.pixel_shuffle(phases, stride);
        long before = -layer.padding();
        // a negative number cuts off; rows and columns that no window reaches are 0
        long[] sides = {
            before, image.size(3) + layer.padding() - all.size(3), before, image.size(2) + layer.padding() - all.size(2)
        };
        return torch.constant_pad_nd(all, sides, new Scalar(0.0));
    }

    /** Bounds a function that has one slope below 0, not negative, and slope 1 above. */
    private void bend(double slope, Range range) {
        Tensor l = range.lower();
        Tensor u = range.upper();
        Tensor open = l.lt(new Scalar(0.0)).logical_and(u.gt(new Scalar(0.0)));
        Tensor isOpen = open.to(l);
        Tensor known = torch.where(l.ge(new Scalar(0.0)), new Scalar(1.0), new Scalar(slope))
                .to(l);
        // where the sign is known, the difference is replaced so that the quotient is a number
        Tensor width = torch.where(open, u.sub(l), torch.ones_like(l));
        Tensor chord = torch.where(open, u.sub(l.mul(new Scalar(slope))).div(width), known);
        Tensor chordOffset = u.sub(chord.mul(u)).mul(isOpen);
        Tensor steeper =
                torch.where(u.gt(l.neg()), new Scalar(1.0), new Scalar(slope)).to(l);
        Tensor line = torch.where(open, steeper, known);
        boolean convex = slope <= 1;
        Tensor above = convex ? chord : line;
        Tensor below = convex ? line : chord;
        addToConstant(dot(convex ? positive() : negative(), chordOffset));
        rows = positive().mul(above.unsqueeze(1)).add(negative().mul(below.unsqueeze(1)));
    }

    /**
     * Bounds the largest number of each window: from below by the member with the largest lower bound, which it is exactly
     * if that member is larger than all others, otherwise from above by the largest upper bound.
     */
    private void choose(Layer.MaxPool pool, Range input, Range output) {
        Tensor lower = ForwardPass.image(input.lower());
        Tensor upper = ForwardPass.image(input.upper());
        long channels = lower.size(1);
        long height = lower.size(2);
        long width = lower.size(3);
        Tensor places = torch.arange(new Scalar((double) (height * width)))
                .reshape(1, 1, height, width)
                .expand_as(lower);
        Tensor lowers = windows(pool, lower, Double.NEGATIVE_INFINITY);
        Tensor uppers = windows(pool, upper, Double.NEGATIVE_INFINITY);
        Tensor best = torch.argmax(lowers, new LongOptional(4), true);
        Tensor others =
                uppers.scatter(4, best, new Scalar(Double.NEGATIVE_INFINITY)).amax(new long[] {4}, false);
        Tensor dominated = lowers.gather(4, best).squeeze(4).ge(others).to(lower);
        Tensor highest = ForwardPass.flat(output.upper())
                .mul(ForwardPass.flat(dominated).neg().add(new Scalar(1.0)));
        Tensor chosen = windows(pool, places, 0)
                .gather(4, best)
                .squeeze(4)
                .flatten(2, 3)
                .to(torch.ScalarType.Long);
        addToConstant(dot(positive(), highest));
        Tensor passed =
                negative().add(positive().mul(ForwardPass.flat(dominated).unsqueeze(1)));
        long examples = rows.size(0);
        long functions = rows.size(1);
        long outputs = chosen.size(2);
        rows = torch.zeros(new long[] {examples, functions, channels, height * width})
                .scatter_add(
                        3,
                        chosen.unsqueeze(1).expand(examples, functions, channels, outputs),
                        passed.reshape(examples, functions, channels, outputs))
                .reshape(examples, functions, channels * height * width);
    }

    /** Returns the members of all windows, of shape examples, channels, rows, columns, members. */
    private static Tensor windows(Layer.MaxPool pool, Tensor image, double outside) {
        long[] sides = new long[4];
        Arrays.fill(sides, pool.padding());
        return torch.constant_pad_nd(image, sides, new Scalar(outside))
                .unfold(2, pool.size(), pool.stride())
                .unfold(3, pool.size(), pool.stride())
                .flatten(4, 5);
    }

    private void spread(int size, Tensor input, Tensor output) {
        Tensor image = ForwardPass.image(input);
        long examples = rows.size(0);
        long functions = rows.size(1);
        Tensor sheets = rows.reshape(examples * functions, output.size(1), output.size(2), output.size(3))
                .div(new Scalar((double) size * size))
                .repeat_interleave(size, new LongOptional(2), new LongOptional())
                .repeat_interleave(size, new LongOptional(3), new LongOptional());
        long[] rest = {0, image.size(3) - sheets.size(3), 0, image.size(2) - sheets.size(2)};
        rows = torch.constant_pad_nd(sheets, rest, new Scalar(0.0))
                .reshape(examples, functions, image.size(1) * image.size(2) * image.size(3));
    }

    private Tensor positive() {
        return rows.clamp_min(new Scalar(0.0));
    }

    private Tensor negative() {
        return rows.clamp_max(new Scalar(0.0));
    }

    private void addToConstant(Tensor more) {
        constant = constant.add(more);
    }

    /** Multiplies coefficients with one number each and adds up. */
    private static Tensor dot(Tensor coefficients, Tensor numbers) {
        return coefficients.matmul(numbers.unsqueeze(2)).squeeze(2);
    }
}

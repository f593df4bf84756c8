package dev.gauntlet.onnx;

import static dev.gauntlet.onnx.Kernel.single;

import java.util.Arrays;
import java.util.Map;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.MemoryFormat;

/** Convolutions over one, two or three dimensions. */
final class Convolutions {
    private static final Map<String, Kernel.Factory> KERNELS =
            Map.of("Conv", Convolutions::convolution, "ConvTranspose", Convolutions::transposed);

    private Convolutions() {}

    static Map<String, Kernel.Factory> kernels() {
        return KERNELS;
    }

    private static Kernel convolution(Node node, int opset) {
        long groups = groups(node);
        return single(inputs -> {
            Tensor x = inputs.get(0);
            Tensor weight = inputs.get(1);
            long[] image = image(node, x, weight);
            Window window = Window.of(node, kernel(weight));
            Window.Places places = window.on(node, image);
            requireRoom(x, weight.size(0), places.count());
            long[] padding = places.before();
            if (!places.isSymmetric()) {
                x = pad(x, places.before(), places.after(), 0);
                padding = new long[image.length];
            }
            boolean isImage = image.length == 2;
            Tensor y = torch.convolution(
                    isImage ? x.contiguous(MemoryFormat.ChannelsLast) : x,
                    isImage ? weight.contiguous(MemoryFormat.ChannelsLast) : weight,
                    inputs.optional(2),
                    window.strides(),
                    padding,
                    window.dilations(),
                    false,
                    new long[image.length],
                    groups);
            return isImage ? y.contiguous(MemoryFormat.ChannelsLast) : y;
        });
    }

    private static Kernel transposed(Node node, int opset) {
        long groups = groups(node);
        return single(inputs -> {
            Tensor x = inputs.get(0);
            Tensor weight = inputs.get(1);
            long[] image = image(node, x, weight);
            int sides = image.length;
            Window window = Window.of(node, kernel(weight));
            long[] more = Window.checked(
                    node, "output_padding", node.integers("output_padding").orElse(new long[sides]), sides, 0);
            long[] full = new long[sides];
            long[] before = new long[sides];
            long[] after = new long[sides];
            for (int i = 0; i < sides; i++) {
                full[i] = window.strides()[i] * (image[i] - 1) + window.extent(i);
                before[i] = -window.pads()[i];
                after[i] = more[i] - window.pads()[sides + i];
            }
            boolean same =
                    window.padding() == Window.AutoPad.SAME_UPPER || window.padding() == Window.AutoPad.SAME_LOWER;
            long[] wanted = node.integers("output_shape").orElse(null);
            if (wanted != null || same) {
                for (int i = 0; i < sides; i++) {
                    long length = wanted != null ? wanted[wanted.length - sides + i] : image[i] * window.strides()[i];
                    long surplus = Math.max(0, full[i] + more[i] - length);
                    long begin = window.padding() == Window.AutoPad.SAME_UPPER ? surplus / 2 : surplus - surplus / 2;
                    before[i] = -begin;
                    after[i] = length - full[i] + begin;
                }
            } else if (window.padding() == Window.AutoPad.VALID) {
                Arrays.fill(before, 0);
                System.arraycopy(more, 0, after, 0, sides);
            }
            requireRoom(x, weight.size(1) * groups, full);
            Tensor y = torch.convolution(
                    x,
                    weight,
                    inputs.optional(2),
                    window.strides(),
                    new long[sides],
                    window.dilations(),
                    true,
                    new long[sides],
                    groups);
            if (Arrays.stream(after).anyMatch(pad -> pad > 0) && inputs.find(2).isPresent()) {
                // after the last window there is only the bias
                Tensor bias = inputs.get(2);
                long[] shape = Window.ones(sides + 2);
                shape[1] = bias.numel();
                Tensor column = bias.reshape(shape);
                return pad(torch.sub(y, column), before, after, 0).add(column);
            }
            return pad(y, before, after, 0);
        });
    }

    private static long groups(Node node) {
        long groups = node.integer("group", 1);
        if (groups < 1) {
            throw node.error("has %d groups".formatted(groups));
        }
        return groups;
    }

    private static long[] image(Node node, Tensor x, Tensor weight) {
        if (x.dim() < 3 || x.dim() > 5 || weight.dim() != x.dim()) {
            throw node.error("has an input of %d dimensions and weights of %d".formatted(x.dim(), weight.dim()));
        }
        long[] sides = Tensors.sides(x);
        return Arrays.copyOfRange(sides, 2, sides.length);
    }

    private static long[] kernel(Tensor weight) {
        long[] sides = Tensors.sides(weight);
        return Arrays.copyOfRange(sides, 2, sides.length);
    }

    private static void requireRoom(Tensor x, long channels, long[] count) {
        long[] sides = new long[count.length + 2];
        sides[0] = x.size(0);
        sides[1] = channels;
        System.arraycopy(count, 0, sides, 2, count.length);
        Tensors.requireRoom(sides);
    }

    /** Pads the last dimensions with a constant; a negative padding crops. */
    static Tensor pad(Tensor x, long[] before, long[] after, double value) {
        int sides = before.length;
        long[] result = Tensors.sides(x);
        long[] pads = new long[2 * sides];
        boolean any = false;
        for (int i = 0; i < sides; i++) {
            // libtorch counts the dimensions from the last one
            pads[2 * (sides - 1 - i)] = before[i];
            pads[2 * (sides - 1 - i) + 1] = after[i];
            result[result.length - sides + i] += before[i] + after[i];
            any |= before[i] != 0 || after[i] != 0;
        }
        Tensors.requireRoom(result);
        return any ? torch.constant_pad_nd(x, pads, new Scalar(value)) : x;
    }
}

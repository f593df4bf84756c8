package dev.gauntlet.onnx;

import static dev.gauntlet.onnx.Kernel.single;

import java.util.Arrays;
import java.util.Map;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/** Operators that normalize values. */
final class Normalizations {
    private static final double EPSILON = 1e-5;

    private static final Map<String, Kernel.Factory> KERNELS = Map.of(
            "BatchNormalization", Normalizations::batch,
            "InstanceNormalization", Normalizations::instance,
            "LayerNormalization", Normalizations::layer,
            "GroupNormalization", Normalizations::group,
            "LRN", Normalizations::localResponse,
            "Dropout", Normalizations::dropout);

    private Normalizations() {}

    static Map<String, Kernel.Factory> kernels() {
        return KERNELS;
    }

    private static Kernel batch(Node node, int opset) {
        double epsilon = node.number("epsilon", EPSILON);
        if (node.flag("training_mode", false)) {
            throw node.error("is in training mode; export the model in evaluation mode (model.eval())");
        }
        if (!node.flag("spatial", true)) {
            throw node.error("normalizes each pixel separately (spatial 0), which is not supported");
        }
        return single(inputs -> torch.batch_norm(
                inputs.get(0),
                inputs.optional(1),
                inputs.optional(2),
                inputs.optional(3),
                inputs.optional(4),
                false,
                0,
                epsilon,
                false));
    }

    private static Kernel instance(Node node, int opset) {
        double epsilon = node.number("epsilon", EPSILON);
        return single(inputs -> torch.instance_norm(
                inputs.get(0),
                inputs.optional(1),
                inputs.optional(2),
                new TensorOptional(),
                new TensorOptional(),
                true,
                0,
                epsilon,
                false));
    }

    private static Kernel layer(Node node, int opset) {
        double epsilon = node.number("epsilon", EPSILON);
        long first = node.integer("axis", -1);
        return single(inputs -> {
            Tensor x = inputs.get(0);
            long[] sides = Tensors.sides(x);
            long[] normalized = Arrays.copyOfRange(sides, Tensors.axis(node, first, sides.length), sides.length);
            Tensor y = torch.layer_norm(x, normalized, new TensorOptional(), new TensorOptional(), epsilon, false);
            y = torch.mul(y, inputs.get(1));
            return inputs.find(2).isPresent() ? torch.add(y, inputs.get(2)) : y;
        });
    }

    /** Before version 21 there is one scale per group, since then one per channel. */
    private static Kernel group(Node node, int opset) {
        double epsilon = node.number("epsilon", EPSILON);
        long groups = Window.checked(node, "num_groups", new long[] {node.integer("num_groups", 0)}, 1, 1)[0];
        return single(inputs -> {
            Tensor x = inputs.get(0);
            Tensor scale = inputs.get(1);
            Tensor bias = inputs.get(2);
            if (opset < 21) {
                long channels = x.size(1) / groups;
                scale = torch.repeat_interleave(scale, channels);
                bias = torch.repeat_interleave(bias, channels);
            }
            return torch.group_norm(x, groups, new TensorOptional(scale), new TensorOptional(bias), epsilon, false);
        });
    }

    /** Divides each value by a power of the sum of squares over neighbouring channels. */
    private static Kernel localResponse(Node node, int opset) {
        double alpha = node.number("alpha", 1e-4);
        double beta = node.number("beta", 0.75);
        double bias = node.number("bias", 1);
        long size = Window.checked(node, "size", new long[] {node.integer("size", 0)}, 1, 1)[0];
        return single(inputs -> {
            Tensor x = inputs.get(0);
            long channels = x.size(1);
            long before = (size - 1) / 2;
            long[] sides = Tensors.sides(x);
            sides[1] += size - 1;
            Tensors.requireRoom(sides);
            long[] pads = new long[2 * (sides.length - 1)];
            pads[pads.length - 2] = before;
            pads[pads.length - 1] = size - 1 - before;
            Tensor squares = torch.constant_pad_nd(torch.square(x), pads, new Scalar(0.0));
            Tensor sum = squares.narrow(1, 0, channels);
            for (long i = 1; i < size; i++) {
                sum = torch.add(sum, squares.narrow(1, i, channels));
            }
            Tensor divisor =
                    sum.mul(new Scalar(alpha / size)).add(new Scalar(bias)).pow(new Scalar(beta));
            return torch.div(x, divisor);
        });
    }

    /** The identity, which dropout is outside training or with probability 0. */
    private static Kernel dropout(Node node, int opset) {
        return single(inputs -> {
            boolean training = opset >= 12 && inputs.wholeNumber(2).orElse(0L) != 0;
            double ratio = inputs.number(1).orElse(0.5);
            if (training && ratio != 0) {
                throw node.error("is in training mode; export the model in evaluation mode (model.eval())");
            }
            return inputs.get(0);
        });
    }
}

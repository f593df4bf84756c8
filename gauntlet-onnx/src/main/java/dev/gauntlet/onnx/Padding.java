package dev.gauntlet.onnx;

import static dev.gauntlet.onnx.Kernel.single;

import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.stream.LongStream;
import org.bytedeco.pytorch.Tensor;

/** Pads with a constant or with values near the border. */
final class Padding {
    private static final Map<String, Kernel.Factory> KERNELS = Map.of("Pad", Padding::pad);

    private Padding() {}

    static Map<String, Kernel.Factory> kernels() {
        return KERNELS;
    }

    /** The source of an element outside the input; indices are counted from 0 before the first element. */
    private enum Mode {
        CONSTANT {
            @Override
            long element(long place, long length) {
                throw new AssertionError(place);
            }
        },
        EDGE {
            @Override
            long element(long place, long length) {
                return Math.max(0, Math.min(length - 1, place));
            }
        },
        REFLECT {
            @Override
            long element(long place, long length) {
                if (length == 1) {
                    return 0;
                }
                long turned = Math.floorMod(place, 2 * (length - 1));
                return turned < length ? turned : 2 * (length - 1) - turned;
            }
        },
        WRAP {
            @Override
            long element(long place, long length) {
                return Math.floorMod(place, length);
            }
        };

        abstract long element(long place, long length);
    }

    /** Since version 11 the pads and the value are inputs, since version 18 also the axes. */
    private static Kernel pad(Node node, int opset) {
        Mode mode = Arrays.stream(Mode.values())
                .filter(one -> one.name().equalsIgnoreCase(node.text("mode", "constant")))
                .findFirst()
                .orElseThrow(() -> node.error("has the unknown mode '%s'".formatted(node.text("mode", ""))));
        long[] attribute = node.integers("pads").orElse(new long[0]);
        double attributeValue = node.number("value", 0);
        return single(inputs -> {
            Tensor x = inputs.get(0);
            int sides = Math.toIntExact(x.dim());
            long[] pads = opset < 11 ? attribute : inputs.longs(1);
            Optional<Tensor> given = opset < 11 ? Optional.empty() : inputs.find(2);
            double value = given.filter(tensor -> tensor.numel() == 1)
                    .map(tensor -> (double) Tensors.floats(tensor)[0])
                    .orElse(attributeValue);
            long[] axes = inputs.find(3)
                    .map(tensor -> Tensors.axes(node, Tensors.longs(tensor), sides))
                    .orElseGet(() -> LongStream.range(0, sides).toArray());
            if (pads.length != 2 * axes.length || Arrays.stream(pads).anyMatch(pad -> Math.abs(pad) > 1 << 16)) {
                throw node.error("has the pads %s for %d dimensions".formatted(Arrays.toString(pads), axes.length));
            }
            long[] before = new long[sides];
            long[] after = new long[sides];
            for (int i = 0; i < axes.length; i++) {
                before[(int) axes[i]] = pads[i];
                after[(int) axes[i]] = pads[axes.length + i];
            }
            return mode == Mode.CONSTANT
                    ? Convolutions.pad(x, before, after, value)
                    : pad(node, x, mode, before, after);
        });
    }

    private static Tensor pad(Node node, Tensor x, Mode mode, long[] before, long[] after) {
        Tensor padded = x;
        for (int axis = 0; axis < before.length; axis++) {
            long length = x.size(axis);
            long first = -before[axis];
            long end = length + after[axis];
            if (before[axis] == 0 && after[axis] == 0) {
                continue;
            }
            if (length == 0 || end <= first) {
                throw node.error("removes a whole dimension of %d".formatted(length));
            }
            long[] sides = Tensors.sides(padded);
            sides[axis] = end - first;
            Tensors.requireRoom(sides);
            padded = Tensors.select(
                    padded,
                    axis,
                    LongStream.range(first, end)
                            .map(place -> mode.element(place, length))
                            .toArray());
        }
        return padded;
    }
}

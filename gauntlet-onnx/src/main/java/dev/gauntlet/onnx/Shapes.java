package dev.gauntlet.onnx;

import static dev.gauntlet.onnx.Kernel.single;
import static java.util.Map.entry;

import java.util.Arrays;
import java.util.Map;
import java.util.stream.LongStream;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/** Operators that move, slice and concatenate values without computing. */
final class Shapes {
    private static final Map<String, Kernel.Factory> KERNELS = Map.ofEntries(
            entry("Identity", Arithmetic.unary(x -> x)),
            entry("Flatten", (node, opset) -> {
                long axis = node.integer("axis", 1);
                return single(inputs -> {
                    Tensor x = inputs.get(0);
                    // the axis may also be the number of dimensions
                    return flatten(x, axis == x.dim() ? (int) axis : Tensors.axis(node, axis, x.dim()));
                });
            }),
            entry("Reshape", Shapes::reshape),
            entry("Squeeze", Shapes::squeeze),
            entry("Unsqueeze", Shapes::unsqueeze),
            entry("Transpose", Shapes::transpose),
            entry("Concat", Shapes::concat),
            entry("Split", Shapes::split),
            entry("Slice", Shapes::slice),
            entry("Gather", Shapes::gather),
            entry("GatherElements", Shapes::gatherElements),
            entry("ScatterND", Shapes::scatter),
            entry("Trilu", Shapes::triangle),
            entry("Range", (node, opset) -> single(Shapes::range)),
            entry("Expand", (node, opset) -> single(Shapes::expand)),
            entry("Tile", (node, opset) -> single(Shapes::tile)),
            entry("DepthToSpace", Shapes::depthToSpace),
            entry("SpaceToDepth", Shapes::spaceToDepth),
            entry("Cast", Shapes::cast),
            entry(
                    "CastLike",
                    (node, opset) -> single(inputs ->
                            inputs.get(0).to(inputs.get(1).scalar_type().intern()))),
            entry("Constant", Shapes::constant),
            entry("ConstantOfShape", Shapes::constantOfShape),
            entry("Shape", Shapes::shape),
            entry("Size", Arithmetic.unary(x -> Tensors.of(x.numel()).reshape())));

    private Shapes() {}

    static Map<String, Kernel.Factory> kernels() {
        return KERNELS;
    }

    /** Flattens to a matrix: the dimensions before the axis become its rows. */
    static Tensor flatten(Tensor x, int axis) {
        long[] sides = Tensors.sides(x);
        long rows = Arrays.stream(sides, 0, axis).reduce(1, (a, b) -> a * b);
        long columns = Arrays.stream(sides, axis, sides.length).reduce(1, (a, b) -> a * b);
        return x.reshape(rows, columns);
    }

    private static Kernel reshape(Node node, int opset) {
        boolean zeroIsZero = node.flag("allowzero", false);
        return single(inputs -> {
            Tensor x = inputs.get(0);
            long[] sides = inputs.longs(1);
            for (int i = 0; i < sides.length; i++) {
                if (sides[i] == 0 && !zeroIsZero) {
                    if (i >= x.dim()) {
                        throw node.error("keeps a dimension that its input does not have");
                    }
                    sides[i] = x.size(i);
                }
            }
            return x.reshape(sides);
        });
    }

    private static Kernel squeeze(Node node, int opset) {
        long[] attribute = node.integers("axes").orElse(null);
        return single(inputs -> {
            Tensor x = inputs.get(0);
            long[] axes =
                    opset < 13 ? attribute : inputs.find(1).map(Tensors::longs).orElse(null);
            if (axes == null) {
                return x.squeeze();
            }
            long[] counted = Tensors.axes(node, axes, x.dim());
            if (Arrays.stream(counted).anyMatch(axis -> x.size(axis) != 1)) {
                throw node.error("removes a dimension that is longer than 1");
            }
            return x.squeeze(counted);
        });
    }

    private static Kernel unsqueeze(Node node, int opset) {
        long[] attribute = node.integers("axes").orElse(new long[0]);
        return single(inputs -> {
            Tensor x = inputs.get(0);
            long[] axes = opset < 13 ? attribute : inputs.longs(1);
            long[] counted = Tensors.axes(node, axes, x.dim() + axes.length);
            Arrays.sort(counted);
            for (long axis : counted) {
                x = x.unsqueeze(axis);
            }
            return x;
        });
    }

    private static Kernel transpose(Node node, int opset) {
        long[] order = node.integers("perm").orElse(null);
        return single(inputs -> {
            Tensor x = inputs.get(0);
            long[] reversed =
                    LongStream.range(0, x.dim()).map(i -> x.dim() - 1 - i).toArray();
            return x.permute(order == null ? reversed : order);
        });
    }

    private static Kernel concat(Node node, int opset) {
        long axis = node.integer("axis", 1);
        return single(inputs -> {
            Tensor first = inputs.get(0);
            Tensor[] parts = new Tensor[inputs.size()];
            for (int i = 0; i < parts.length; i++) {
                parts[i] = inputs.get(i);
            }
            return torch.cat(new TensorVector(parts), Tensors.axis(node, axis, first.dim()));
        });
    }

    private static Kernel split(Node node, int opset) {
        long axis = node.integer("axis", 0);
        long[] attribute = node.integers("split").orElse(null);
        return inputs -> {
            Tensor x = inputs.get(0);
            int side = Tensors.axis(node, axis, x.dim());
            long[] lengths =
                    opset < 13 ? attribute : inputs.find(1).map(Tensors::longs).orElse(null);
            if (lengths == null) {
                int count = node.outputs().size();
                long length = (x.size(side) + count - 1) / count;
                lengths = new long[count];
                Arrays.fill(lengths, length);
                // the last part may be shorter only since version 18
                lengths[count - 1] = x.size(side) - length * (count - 1);
            }
            if (Arrays.stream(lengths).anyMatch(length -> length < 0)
                    || Arrays.stream(lengths).sum() != x.size(side)
                    || lengths.length < node.outputs().size()) {
                throw node.error("splits a dimension of %d into %s".formatted(x.size(side), Arrays.toString(lengths)));
            }
            Tensor[] parts = new Tensor[lengths.length];
            long from = 0;
            for (int i = 0; i < parts.length; i++) {
                parts[i] = x.narrow(side, from, lengths[i]);
                from += lengths[i];
            }
            return parts;
        };
    }

    /** Since version 10 all parameters are inputs, and there are steps. */
    private static Kernel slice(Node node, int opset) {
        long[] startsAttribute = node.integers("starts").orElse(new long[0]);
        long[] endsAttribute = node.integers("ends").orElse(new long[0]);
        return single(inputs -> {
            Tensor x = inputs.get(0);
            long[] starts = opset < 10 ? startsAttribute : inputs.longs(1);
            long[] ends = opset < 10 ? endsAttribute : inputs.longs(2);
            long[] all = LongStream.range(0, starts.length).toArray();
            long[] axes = opset < 10
                    ? node.integers("axes").orElse(all)
                    : inputs.find(3).map(Tensors::longs).orElse(all);
            long[] steps = opset < 10
                    ? Window.ones(starts.length)
                    : inputs.find(4).map(Tensors::longs).orElse(Window.ones(starts.length));
            if (ends.length != starts.length || axes.length != starts.length || steps.length != starts.length) {
                throw node.error("has starts, ends, axes and steps of different lengths");
            }
            for (int i = 0; i < starts.length; i++) {
                x = slice(node, x, Tensors.axis(node, axes[i], x.dim()), starts[i], ends[i], steps[i]);
            }
            return x;
        });
    }

    private static Tensor slice(Node node, Tensor x, int axis, long start, long end, long step) {
        long length = x.size(axis);
        if (step == 0 || step == Long.MIN_VALUE) {
            throw node.error("has a step of %d".formatted(step));
        }
        long last = step > 0 ? length : length - 1;
        long first = step > 0 ? 0 : -1;
        long from = Math.max(0, Math.min(last, start < 0 ? start + length : start));
        long to = Math.max(first, Math.min(length, end < 0 ? end + length : end));
        if (step > 0) {
            return x.slice(axis, new LongOptional(from), new LongOptional(Math.max(from, to)), step);
        }
        long[] indices = LongStream.iterate(from, index -> index > to && index < length, index -> index + step)
                .toArray();
        return Tensors.select(x, axis, indices);
    }

    private static Kernel gather(Node node, int opset) {
        long axis = node.integer("axis", 0);
        return single(inputs -> {
            Tensor x = inputs.get(0);
            Tensor indices = inputs.get(1);
            int side = Tensors.axis(node, axis, x.dim());
            long length = x.size(side);
            long[] counted = inputs.longs(1);
            for (int i = 0; i < counted.length; i++) {
                if (counted[i] < -length || counted[i] >= length) {
                    throw node.error("takes element %d of a dimension of %d".formatted(counted[i], length));
                }
                counted[i] = counted[i] < 0 ? counted[i] + length : counted[i];
            }
            long[] sides = Tensors.sides(x);
            long[] selected = sides.clone();
            selected[side] = counted.length;
            Tensors.requireRoom(selected);
            long[] result = LongStream.concat(
                            LongStream.concat(Arrays.stream(sides, 0, side), Arrays.stream(Tensors.sides(indices))),
                            Arrays.stream(sides, side + 1, sides.length))
                    .toArray();
            return Tensors.select(x, side, counted).reshape(result);
        });
    }

    private static Kernel gatherElements(Node node, int opset) {
        long axis = node.integer("axis", 0);
        return single(inputs -> {
            Tensor x = inputs.get(0);
            int side = Tensors.axis(node, axis, x.dim());
            long length = x.size(side);
            Tensor indices = inputs.get(1);
            for (long index : Tensors.longs(indices)) {
                if (index < -length || index >= length) {
                    throw node.error("takes element %d of a dimension of %d".formatted(index, length));
                }
            }
            Tensor wide = indices.to(torch.ScalarType.Long);
            return torch.gather(x, side, torch.remainder(wide, new Scalar(Math.max(1, length))));
        });
    }

    /** Writes rows into a copy, each at the position given by a row of indices. */
    private static Kernel scatter(Node node, int opset) {
        if (!node.text("reduction", "none").equals("none")) {
            throw node.error("uses a reduction, which is not supported");
        }
        return single(inputs -> {
            Tensor x = inputs.get(0);
            long[] sides = Tensors.sides(x);
            long[] of = Tensors.sides(inputs.get(1));
            int depth = of.length == 0 ? 0 : (int) Math.min(of[of.length - 1], Integer.MAX_VALUE);
            if (depth < 1 || depth > sides.length) {
                throw node.error("has indices of shape %s for an input of %d dimensions"
                        .formatted(Arrays.toString(of), sides.length));
            }
            long[] indices = inputs.longs(1);
            long[] rows = new long[indices.length / depth];
            for (int i = 0; i < indices.length; i++) {
                long length = sides[i % depth];
                if (indices[i] < -length || indices[i] >= length) {
                    throw node.error("writes to position %d of a dimension of %d".formatted(indices[i], length));
                }
                rows[i / depth] = rows[i / depth] * length + (indices[i] < 0 ? indices[i] + length : indices[i]);
            }
            Tensor flat = flatten(x, depth);
            Tensor updates = inputs.get(2).reshape(rows.length, flat.size(1));
            return torch.index_copy(flat, 0, Tensors.of(rows), updates).reshape(sides);
        });
    }

    private static Kernel triangle(Node node, int opset) {
        boolean upper = node.flag("upper", true);
        return single(inputs -> {
            long diagonal = inputs.wholeNumber(1).orElse(0L);
            return upper ? torch.triu(inputs.get(0), diagonal) : torch.tril(inputs.get(0), diagonal);
        });
    }

    private static Tensor range(Inputs inputs) {
        Tensor first = inputs.get(0);
        double start = first.item_double();
        double end = inputs.get(1).item_double();
        double step = inputs.get(2).item_double();
        double count = Math.ceil((end - start) / step);
        if (!Double.isFinite(count)) {
            throw inputs.node().error("goes from %s to %s in steps of %s".formatted(start, end, step));
        }
        long length = (long) Math.max(0, count);
        Tensors.requireRoom(length);
        Tensor places = torch.arange(new Scalar(length), new TensorOptions(torch.ScalarType.Double));
        return places.mul(new Scalar(step))
                .add(new Scalar(start))
                .to(first.scalar_type().intern());
    }

    private static Tensor expand(Inputs inputs) {
        Tensor x = inputs.get(0);
        long[] sides = Tensors.broadcast(Tensors.sides(x), inputs.longs(1));
        Tensors.requireRoom(sides);
        return x.expand(sides);
    }

    private static Tensor tile(Inputs inputs) {
        Tensor x = inputs.get(0);
        long[] repeats = inputs.longs(1);
        long[] sides = Tensors.sides(x);
        if (repeats.length != sides.length) {
            throw inputs.node().error("repeats %d dimensions of %d".formatted(repeats.length, sides.length));
        }
        for (int i = 0; i < sides.length; i++) {
            Tensors.requireRoom(repeats[i], sides[i]);
            sides[i] *= repeats[i];
        }
        Tensors.requireRoom(sides);
        return x.repeat(repeats);
    }

    private static long block(Node node) {
        return Window.checked(node, "blocksize", new long[] {node.integer("blocksize", 0)}, 1, 1)[0];
    }

    private static Kernel depthToSpace(Node node, int opset) {
        long b = block(node);
        boolean columnsFirst = node.text("mode", "DCR").equals("DCR");
        return single(inputs -> {
            Tensor x = inputs.get(0);
            long n = x.size(0);
            long c = x.size(1);
            long h = x.size(2);
            long w = x.size(3);
            Tensor spread = columnsFirst
                    ? x.reshape(n, b, b, c / (b * b), h, w).permute(0, 3, 4, 1, 5, 2)
                    : x.reshape(n, c / (b * b), b, b, h, w).permute(0, 1, 4, 2, 5, 3);
            return spread.reshape(n, c / (b * b), h * b, w * b);
        });
    }

    private static Kernel spaceToDepth(Node node, int opset) {
        long b = block(node);
        return single(inputs -> {
            Tensor x = inputs.get(0);
            long n = x.size(0);
            long c = x.size(1);
            long h = x.size(2);
            long w = x.size(3);
            return x.reshape(n, c, h / b, b, w / b, b).permute(0, 3, 5, 1, 2, 4).reshape(n, c * b * b, h / b, w / b);
        });
    }

    private static Kernel cast(Node node, int opset) {
        long code = node.integer("to", 0);
        ElementType type = ElementType.of(code).orElseThrow(() -> node.error("makes " + ElementType.unknown(code)));
        return single(inputs -> inputs.get(0).to(type.computedType()));
    }

    private static Kernel constant(Node node, int opset) {
        if (node.has("value")) {
            Constant value = node.tensor("value").orElseThrow();
            return single(inputs -> Tensors.of(value));
        }
        if (node.has("value_float")) {
            float value = (float) node.number("value_float", 0);
            return single(inputs -> Tensors.of(value).reshape());
        }
        if (node.has("value_int")) {
            long value = node.integer("value_int", 0);
            return single(inputs -> Tensors.of(value).reshape());
        }
        if (node.has("value_floats")) {
            float[] values = node.numbers("value_floats").orElseThrow();
            return single(inputs -> Tensors.of(values));
        }
        if (node.has("value_ints")) {
            long[] values = node.integers("value_ints").orElseThrow();
            return single(inputs -> Tensors.of(values));
        }
        throw node.error("contains no dense tensor of numbers");
    }

    private static Kernel constantOfShape(Node node, int opset) {
        Constant value = node.tensor("value").orElse(null);
        if (value != null && value.count() != 1) {
            throw node.error("has a value of %d numbers instead of one".formatted(value.count()));
        }
        return single(inputs -> {
            long[] sides = inputs.longs(0);
            Tensors.requireRoom(sides);
            // a single number serves all elements, so no memory is filled
            return (value == null ? Tensors.of(0f) : Tensors.of(value))
                    .reshape()
                    .expand(sides);
        });
    }

    private static Kernel shape(Node node, int opset) {
        long start = node.integer("start", 0);
        long end = node.integer("end", Long.MAX_VALUE);
        return single(inputs -> {
            long[] sides = Tensors.sides(inputs.get(0));
            int from = bound(start, sides.length);
            return Tensors.of(Arrays.copyOfRange(sides, from, Math.max(from, bound(end, sides.length))));
        });
    }

    private static int bound(long index, int length) {
        return (int) Math.max(0, Math.min(length, index < 0 ? index + length : index));
    }
}

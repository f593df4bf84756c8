package dev.gauntlet.onnx;

import java.util.Arrays;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.pytorch.MemoryFormatOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;

/** Helpers of the operators: shapes, small tensors as arrays, and limits on sizes. */
final class Tensors {
    /** The largest size of a tensor: 512 MB of 32-bit floats. */
    static final long LARGEST = 1L << 27;

    private Tensors() {}

    static long[] sides(Tensor tensor) {
        long[] sides = new long[Math.toIntExact(tensor.dim())];
        for (int i = 0; i < sides.length; i++) {
            sides[i] = tensor.size(i);
        }
        return sides;
    }

    static Tensor of(Constant constant) {
        Tensor tensor = torch.empty(
                constant.sides(), new TensorOptions(constant.type().scalarType()), new MemoryFormatOptional());
        if (constant.content().hasRemaining()) {
            BytePointer target = new BytePointer(tensor.data_ptr());
            target.capacity(constant.content().remaining())
                    .asBuffer()
                    .put(constant.content().duplicate());
        }
        return constant.type().isHalf() ? tensor.to(constant.type().computedType()) : tensor;
    }

    static Tensor of(long... values) {
        Tensor tensor = torch.empty(
                new long[] {values.length}, new TensorOptions(torch.ScalarType.Long), new MemoryFormatOptional());
        if (values.length > 0) {
            tensor.data_ptr_long().put(values);
        }
        return tensor;
    }

    static Tensor of(float... values) {
        Tensor tensor = torch.empty(new long[] {values.length});
        if (values.length > 0) {
            tensor.data_ptr_float().put(values);
        }
        return tensor;
    }

    static long[] longs(Tensor tensor) {
        long[] values = new long[Math.toIntExact(tensor.numel())];
        if (values.length > 0) {
            Tensor wide = tensor.to(torch.ScalarType.Long).contiguous();
            LongPointer pointer = wide.data_ptr_long();
            pointer.get(values);
        }
        return values;
    }

    static float[] floats(Tensor tensor) {
        float[] values = new float[Math.toIntExact(tensor.numel())];
        if (values.length > 0) {
            Tensor single = tensor.to(torch.ScalarType.Float).contiguous();
            single.data_ptr_float().get(values);
        }
        return values;
    }

    static boolean isFloating(Tensor tensor) {
        return tensor.is_floating_point();
    }

    static Scalar scalar(double value) {
        return new Scalar(value);
    }

    static ScalarTypeOptional sameType() {
        return new ScalarTypeOptional();
    }

    /** Returns an axis counted from the front. */
    static int axis(Node node, long axis, long dimensions) {
        if (axis < -dimensions || axis >= Math.max(1, dimensions)) {
            throw node.error("has the axis %d, but its input has %d dimensions".formatted(axis, dimensions));
        }
        return (int) (axis < 0 ? axis + dimensions : axis);
    }

    /** Returns axes counted from the front. */
    static long[] axes(Node node, long[] axes, long dimensions) {
        long[] counted =
                Arrays.stream(axes).map(axis -> axis(node, axis, dimensions)).toArray();
        if (Arrays.stream(counted).distinct().count() != counted.length) {
            throw node.error("has a repeated axis: %s".formatted(Arrays.toString(axes)));
        }
        return counted;
    }

    /** Throws an exception if a tensor of this shape is too large. */
    static void requireRoom(long... sides) {
        long count = 1;
        for (long side : sides) {
            if (side < 0) {
                throw new IllegalArgumentException("a dimension of %s is negative".formatted(Arrays.toString(sides)));
            }
            // a later 0 does not help, because libtorch multiplies all of them
            if (side != 0 && count > LARGEST / side) {
                throw new IllegalArgumentException("a result of shape %s would have more than %,d numbers"
                        .formatted(Arrays.toString(sides), LARGEST));
            }
            count *= Math.max(1, side);
        }
    }

    /** Throws an exception if the broadcast shape of two tensors is too large. */
    static void requireRoomTogether(Tensor a, Tensor b) {
        if (a.numel() <= LARGEST / Math.max(1, b.numel())) {
            return;
        }
        requireRoom(broadcast(sides(a), sides(b)));
    }

    /** Returns the broadcast shape of two shapes. */
    static long[] broadcast(long[] a, long[] b) {
        long[] longer = a.length >= b.length ? a.clone() : b.clone();
        long[] shorter = a.length >= b.length ? b : a;
        int skipped = longer.length - shorter.length;
        for (int i = 0; i < shorter.length; i++) {
            long one = longer[skipped + i];
            long other = shorter[i];
            if (one != other && one != 1 && other != 1) {
                throw new IllegalArgumentException(
                        "the shapes %s and %s do not fit".formatted(Arrays.toString(a), Arrays.toString(b)));
            }
            longer[skipped + i] = one == 1 ? other : one;
        }
        return longer;
    }

    /** Selects by indices along one axis; each index must be in range. */
    static Tensor select(Tensor tensor, int axis, long[] indices) {
        return torch.index_select(tensor, axis, of(indices));
    }
}

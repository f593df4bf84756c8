package dev.gauntlet.bounds;

import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.pytorch.MemoryFormatOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;

/** Moves numbers between arrays and tensors of doubles, which the enclosing scope frees. */
final class Doubles {
    private Doubles() {}

    static Tensor of(double[] values, long... shape) {
        Tensor tensor = torch.empty(shape, new TensorOptions(torch.ScalarType.Double), new MemoryFormatOptional());
        if (values.length > 0) {
            tensor.data_ptr_double().put(values);
        }
        return tensor;
    }

    static Tensor of(float[] values, long... shape) {
        double[] wide = new double[values.length];
        for (int i = 0; i < values.length; i++) {
            wide[i] = values[i];
        }
        return of(wide, shape);
    }

    static Tensor indices(int... values) {
        long[] wide = new long[values.length];
        for (int i = 0; i < values.length; i++) {
            wide[i] = values[i];
        }
        Tensor tensor = torch.empty(
                new long[] {values.length}, new TensorOptions(torch.ScalarType.Long), new MemoryFormatOptional());
        if (values.length > 0) {
            tensor.data_ptr_long().put(wide);
        }
        return tensor;
    }

    static Tensor zeros(long... shape) {
        return torch.zeros(shape, new TensorOptions(torch.ScalarType.Double));
    }

    static double[] read(Tensor tensor) {
        Tensor contiguous = tensor.contiguous();
        double[] values = new double[Math.toIntExact(contiguous.numel())];
        if (values.length > 0) {
            DoublePointer pointer = contiguous.data_ptr_double();
            pointer.get(values);
        }
        return values;
    }

    /** Multiplies every row with a vector: rows of shape (examples, rows, n), vectors of shape (examples, n), (1, n) or (n). */
    static Tensor dot(Tensor rows, Tensor vector) {
        if (vector.dim() == 1) {
            return rows.matmul(vector);
        }
        return vector.size(0) == 1
                ? rows.matmul(vector.reshape(-1))
                : rows.matmul(vector.unsqueeze(2)).squeeze(2);
    }

    static Tensor times(Tensor tensor, double factor) {
        return tensor.mul(new Scalar(factor));
    }

    static Tensor plus(Tensor tensor, double number) {
        return tensor.add(new Scalar(number));
    }

    static Tensor atLeast(Tensor tensor, double number) {
        return tensor.clamp_min(new Scalar(number));
    }

    static Tensor atMost(Tensor tensor, double number) {
        return tensor.clamp_max(new Scalar(number));
    }

    /** Converts a condition to 1 where it holds and 0 elsewhere. */
    static Tensor ones(Tensor condition) {
        return condition.to(torch.ScalarType.Double);
    }
}

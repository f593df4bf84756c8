package dev.gauntlet.bounds;

import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/** The numbers of several nodes, one after the other. */
final class ConcatenationStep extends Step {
    private final int[] sizes;

    ConcatenationStep(int[] inputs, int[] sizes, int size) {
        super(inputs, size);
        this.sizes = sizes;
    }

    @Override
    Range forward(Range[] given, Precision precision) {
        return new Range(joined(given.length, i -> given[i].lower()), joined(given.length, i -> given[i].upper()));
    }

    @FunctionalInterface
    private interface Part {
        Tensor at(int index);
    }

    private static Tensor joined(int count, Part part) {
        Tensor[] parts = new Tensor[count];
        for (int i = 0; i < count; i++) {
            parts[i] = part.at(i);
        }
        return torch.cat(new TensorVector(parts), 1);
    }

    @Override
    Tensor evaluate(Tensor[] given) {
        return joined(given.length, i -> given[i]);
    }

    @Override
    Tensor deviation(Range[] given, Tensor[] off) {
        return joined(off.length, i -> off[i]);
    }

    @Override
    void backward(Backward pass, Tensor rows) {
        long from = 0;
        for (int i = 0; i < sizes.length; i++) {
            pass.send(inputs()[i], rows.narrow(2, from, sizes[i]));
            from += sizes[i];
        }
    }
}

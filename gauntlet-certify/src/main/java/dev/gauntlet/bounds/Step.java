package dev.gauntlet.bounds;

import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.Tensor;

/** One node of a graph, ready to be bounded. */
abstract class Step {
    private final int[] inputs;
    private final int size;
    private final List<Tensor> kept = new ArrayList<>();

    Step(int[] inputs, int size) {
        this.inputs = inputs;
        this.size = size;
    }

    /** Keeps a tensor of weights beyond the scope in which it was made. */
    final Tensor keep(Tensor tensor) {
        kept.add(tensor.retainReference());
        return tensor;
    }

    /** Frees the weights. */
    final void close() {
        kept.forEach(Tensor::close);
        kept.clear();
    }

    final int[] inputs() {
        return inputs;
    }

    /** Returns the only input. */
    final int input() {
        return inputs[0];
    }

    /** Returns how many numbers the step gives per example. */
    final int size() {
        return size;
    }

    /** Computes proved bounds of the outputs from those of the inputs. */
    abstract Range forward(Range[] given, Precision precision);

    /** Computes the outputs for some points, without a bound on the rounding error. */
    abstract Tensor evaluate(Tensor[] given);

    /**
     * Bounds how far 32-bit arithmetic may be off.
     *
     * @param given the bounds of the exact inputs
     * @param off how far each input may be off
     */
    abstract Tensor deviation(Range[] given, Tensor[] off);

    /**
     * Replaces affine functions of the outputs by affine functions of the inputs that are nowhere larger.
     *
     * @param pass collects the functions
     * @param rows the coefficients, of shape (examples, rows, outputs)
     */
    abstract void backward(Backward pass, Tensor rows);

    /** Tells whether the outputs are affine functions of the inputs. */
    boolean isAffine() {
        return true;
    }
}

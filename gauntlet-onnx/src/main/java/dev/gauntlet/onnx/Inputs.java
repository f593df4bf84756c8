package dev.gauntlet.onnx;

import java.util.Optional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.jspecify.annotations.Nullable;

/**
 * The values of a node's inputs.
 *
 * @param node the node, for errors
 * @param values the values, null where an input was left out
 */
record Inputs(Node node, @Nullable Tensor[] values) {
    int size() {
        return values.length;
    }

    Tensor get(int index) {
        Tensor value = index < values.length ? values[index] : null;
        if (value == null) {
            throw node.error("needs an input number %d".formatted(index + 1));
        }
        return value;
    }

    Optional<Tensor> find(int index) {
        return index < values.length ? Optional.ofNullable(values[index]) : Optional.empty();
    }

    /** Returns an input as libtorch takes those that may be left out. */
    TensorOptional optional(int index) {
        return find(index).map(TensorOptional::new).orElseGet(TensorOptional::new);
    }

    /** Returns the numbers of an input that holds integers, such as a shape. */
    long[] longs(int index) {
        return Tensors.longs(get(index));
    }

    /** Returns the numbers of an input that holds a few floats, such as scales. */
    float[] floats(int index) {
        return Tensors.floats(get(index));
    }
}

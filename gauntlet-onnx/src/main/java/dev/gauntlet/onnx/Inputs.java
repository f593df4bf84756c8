package dev.gauntlet.onnx;

import java.util.Optional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.jspecify.annotations.Nullable;

/**
 * The values of a node's inputs.
 *
 * @param node the node, for errors
 * @param values the values, null where an input was omitted
 */
record Inputs(Node node, @Nullable Tensor[] values) {
    int size() {
        return values.length;
    }

    Tensor get(int index) {
        Tensor value = index < values.length ? values[index] : null;
        if (value == null) {
            throw node.error("requires an input number %d".formatted(index + 1));
        }
        return value;
    }

    Optional<Tensor> find(int index) {
        return index < values.length ? Optional.ofNullable(values[index]) : Optional.empty();
    }

    /** Returns an input in libtorch's form of an optional tensor. */
    TensorOptional optional(int index) {
        return find(index).map(TensorOptional::new).orElseGet(TensorOptional::new);
    }

    /** Returns the number in an input, if the input exists. */
    Optional<Double> number(int index) {
        return single(index).map(value -> (double) Tensors.floats(value)[0]);
    }

    /** Returns the integer in an input, if the input exists. */
    Optional<Long> wholeNumber(int index) {
        return single(index).map(value -> Tensors.longs(value)[0]);
    }

    private Optional<Tensor> single(int index) {
        Optional<Tensor> value = find(index);
        value.filter(given -> given.numel() != 1).ifPresent(given -> {
            throw node.error("requires a single number as input number %d, but there are %d"
                    .formatted(index + 1, given.numel()));
        });
        return value;
    }

    /** Returns the numbers of an integer input, such as a shape. */
    long[] longs(int index) {
        return Tensors.longs(get(index));
    }

    /** Returns the numbers of an input with a few floats, such as scales. */
    float[] floats(int index) {
        return Tensors.floats(get(index));
    }
}

package dev.gauntlet.onnx;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** An attribute of a node. */
sealed interface Attribute {
    record OneInteger(long value) implements Attribute {}

    record OneNumber(float value) implements Attribute {}

    record Text(String value) implements Attribute {}

    record Texts(List<String> values) implements Attribute {
        public Texts {
            values = List.copyOf(values);
        }
    }

    record Integers(long[] values) implements Attribute {}

    record Numbers(float[] values) implements Attribute {}

    record Tensor(Constant value) implements Attribute {}

    /** A subgraph, a list of tensors or another kind that no supported operator takes. */
    record Other(@Nullable String what) implements Attribute {}
}

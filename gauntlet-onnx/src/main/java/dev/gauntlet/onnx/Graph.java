package dev.gauntlet.onnx;

import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * The graph of an ONNX file.
 *
 * @param opset the version of the standard operators
 * @param producer the program that wrote the file, with its version
 * @param nodes the operations in the order of the file
 * @param constants the constant tensors by name
 * @param external the names of the tensors whose numbers are in other files
 * @param unreadable the names of tensors of unsupported types, with the numbers of the types
 * @param inputs the inputs, without constants that the file also declares as inputs
 * @param outputs the outputs
 */
record Graph(
        long opset,
        String producer,
        List<Node> nodes,
        Map<String, Constant> constants,
        List<String> external,
        Map<String, Long> unreadable,
        List<Port> inputs,
        List<Port> outputs) {
    /** The length of an open dimension. */
    static final long OPEN = -1;

    /**
     * An input or output.
     *
     * @param name its name
     * @param type the number of its element type
     * @param sides the length of each dimension, {@link #OPEN} where it may vary
     */
    record Port(String name, long type, long[] sides) {
        @Override
        public String toString() {
            // sequences and dictionaries have no element type
            return type == 0
                    ? "'%s' (not a tensor)".formatted(name)
                    : "'%s' %s".formatted(name, Arrays.toString(sides).replace("-1", "?"));
        }
    }
}

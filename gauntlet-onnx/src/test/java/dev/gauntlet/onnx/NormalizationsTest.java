package dev.gauntlet.onnx;

import static dev.gauntlet.onnx.OperatorCase.constant;
import static dev.gauntlet.onnx.OperatorCase.operator;
import static dev.gauntlet.onnx.OperatorCase.plain;
import static dev.gauntlet.onnx.OperatorCase.sides;
import static dev.gauntlet.testkit.OnnxWriter.integer;
import static dev.gauntlet.testkit.OnnxWriter.number;

import dev.gauntlet.testkit.OnnxElement;
import dev.gauntlet.testkit.OnnxWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Tests normalizations. */
class NormalizationsTest extends OperatorContract {
    @Override
    Stream<OperatorCase> cases() {
        return all();
    }

    static Stream<OperatorCase> all() {
        List<OperatorCase> cases = new ArrayList<>();
        for (int opset : new int[] {7, 9, 14, 15, 21}) {
            cases.add(operator("BatchNormalization", opset, sides(2, 3, 4, 2), graph -> {
                constant(graph, "s", 3);
                constant(graph, "b", 3);
                constant(graph, "m", 3);
                constant(graph, "v", 0.3, 2, 3);
                graph.node(
                        "BatchNormalization", List.of("x", "s", "b", "m", "v"), List.of("y"), number("epsilon", 0.01f));
            }));
        }
        for (int opset : new int[] {7, 13}) {
            cases.add(operator("InstanceNormalization", opset, sides(2, 3, 4, 3), graph -> {
                constant(graph, "s", 3);
                constant(graph, "b", 3);
                graph.node("InstanceNormalization", List.of("x", "s", "b"), List.of("y"));
            }));
            cases.add(plain("LRN", opset, sides(2, 5, 3, 2), integer("size", 3), number("alpha", 0.5f)));
            cases.add(plain(
                    "LRN", opset, sides(2, 5, 3, 2), integer("size", 5), number("bias", 2), number("beta", 0.5f)));
        }
        for (int axis : new int[] {-1, 1}) {
            cases.add(operator("LayerNormalization " + axis, 17, sides(2, 3, 4), graph -> {
                long[] scale = axis == 1 ? sides(3, 4) : sides(4);
                constant(graph, "s", scale);
                constant(graph, "b", scale);
                graph.node("LayerNormalization", List.of("x", "s", "b"), List.of("y"), integer("axis", axis));
            }));
        }
        cases.add(operator("LayerNormalization without bias", 17, sides(2, 3, 4), graph -> {
            constant(graph, "s", 4);
            graph.node("LayerNormalization", List.of("x", "s"), List.of("y"));
        }));
        for (int opset : new int[] {18, 21}) {
            cases.add(operator("GroupNormalization", opset, sides(2, 6, 3, 2), graph -> {
                constant(graph, "s", opset < 21 ? 2 : 6);
                constant(graph, "b", opset < 21 ? 2 : 6);
                graph.node(
                        "GroupNormalization",
                        List.of("x", "s", "b"),
                        List.of("y"),
                        integer("num_groups", 2),
                        number("epsilon", 0.01f));
            }));
        }
        for (int opset : new int[] {7, 10}) {
            cases.add(plain("Dropout", opset, sides(3, 4), number("ratio", 0.5f)));
        }
        cases.add(plain("Dropout", 13, sides(3, 4)));
        cases.add(operator(
                "Dropout of nothing",
                13,
                sides(3, 4),
                graph -> graph.floats("r", sides(), 0)
                        .tensor(OnnxWriter.rawTensor("t", OnnxElement.BOOL, sides(), new byte[] {1}))
                        .node("Dropout", List.of("x", "r", "t"), List.of("y"))));
        return cases.stream();
    }
}

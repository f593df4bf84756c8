package dev.gauntlet.onnx;

import static dev.gauntlet.onnx.OperatorCase.operator;
import static dev.gauntlet.onnx.OperatorCase.sides;
import static dev.gauntlet.testkit.OnnxWriter.integers;
import static dev.gauntlet.testkit.OnnxWriter.number;
import static dev.gauntlet.testkit.OnnxWriter.text;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Tests pads. */
class PaddingTest extends OperatorContract {
    @Override
    Stream<OperatorCase> cases() {
        return all();
    }

    static Stream<OperatorCase> all() {
        List<OperatorCase> cases = new ArrayList<>();
        for (String mode : List.of("constant", "edge", "reflect")) {
            for (int opset : new int[] {7, 11, 13, 18, 21}) {
                long[] pads = {0, 0, 2, 1, 0, 0, 1, 3};
                cases.add(operator("Pad " + mode, opset, sides(1, 2, 4, 5), graph -> {
                    if (opset < 11) {
                        graph.node("Pad", "x", "y", text("mode", mode), integers("pads", pads), number("value", 1.5f));
                    } else {
                        graph.longs("p", pads)
                                .floats("v", sides(), 1.5f)
                                .node("Pad", List.of("x", "p", "v"), List.of("y"), text("mode", mode));
                    }
                }));
            }
            cases.add(operator(
                    "Pad axes " + mode,
                    18,
                    sides(1, 2, 4, 5),
                    graph -> graph.longs("p", 1, 2, 2, 1)
                            .longs("a", -1, 2)
                            .node("Pad", List.of("x", "p", "", "a"), List.of("y"), text("mode", mode))));
        }
        cases.add(operator(
                "Pad cutting",
                11,
                sides(1, 2, 4, 5),
                graph -> graph.longs("p", 0, 0, -1, 1, 0, 0, 0, -2).node("Pad", List.of("x", "p"), List.of("y"))));
        cases.add(operator(
                "Pad wrap",
                19,
                sides(1, 2, 4, 5),
                graph -> graph.longs("p", 0, 0, 1, 2, 0, 0, 3, 0)
                        .node("Pad", List.of("x", "p"), List.of("y"), text("mode", "wrap"))));
        return cases.stream();
    }
}

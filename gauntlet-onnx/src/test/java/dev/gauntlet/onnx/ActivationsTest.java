package dev.gauntlet.onnx;

import static dev.gauntlet.onnx.OperatorCase.constant;
import static dev.gauntlet.onnx.OperatorCase.operator;
import static dev.gauntlet.onnx.OperatorCase.plain;
import static dev.gauntlet.onnx.OperatorCase.sides;
import static dev.gauntlet.testkit.OnnxWriter.integer;
import static dev.gauntlet.testkit.OnnxWriter.number;
import static dev.gauntlet.testkit.OnnxWriter.text;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Tests activations. */
class ActivationsTest extends OperatorContract {
    @Override
    Stream<OperatorCase> cases() {
        return all();
    }

    static Stream<OperatorCase> all() {
        List<OperatorCase> cases = new ArrayList<>();
        for (int opset : new int[] {7, 13, 21}) {
            cases.add(plain("LeakyRelu", opset, sides(3, 5)));
            cases.add(plain("LeakyRelu", opset, sides(3, 5), number("alpha", 0.3f)));
            cases.add(plain("Elu", opset, sides(3, 5), number("alpha", 0.7f)));
            cases.add(plain("Selu", opset, sides(3, 5)));
            cases.add(plain("Selu", opset, sides(3, 5), number("alpha", 1.2f), number("gamma", 2f)));
            cases.add(plain("HardSigmoid", opset, sides(3, 5), number("alpha", 0.4f), number("beta", 0.3f)));
            cases.add(operator("PRelu", opset, sides(2, 3, 4, 4), graph -> {
                constant(graph, "s", 3, 1, 1);
                graph.node("PRelu", List.of("x", "s"), List.of("y"));
            }));
            for (String operator : List.of("Softmax", "LogSoftmax")) {
                cases.add(plain(operator, opset, sides(3, 5)));
                cases.add(plain(operator, opset, sides(2, 3, 4)));
                cases.add(plain(operator, opset, sides(2, 3, 4), integer("axis", 1)));
                cases.add(plain(operator, opset, sides(2, 3, 4), integer("axis", 2)));
                if (opset >= 11) {
                    cases.add(plain(operator, opset, sides(2, 3, 4), integer("axis", -2)));
                }
            }
        }
        cases.add(plain("HardSwish", 14, sides(4, 9)).between(-5, 5));
        cases.add(plain("ThresholdedRelu", 10, sides(20), number("alpha", 0.5f)));
        cases.add(plain("Celu", 12, sides(20), number("alpha", 0.5f)));
        cases.add(plain("Mish", 18, sides(20)));
        cases.add(plain("Gelu", 20, sides(20)));
        cases.add(plain("Gelu", 20, sides(20), text("approximate", "tanh")));
        return cases.stream();
    }
}

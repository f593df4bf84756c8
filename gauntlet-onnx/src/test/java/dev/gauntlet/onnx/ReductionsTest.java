package dev.gauntlet.onnx;

import static dev.gauntlet.onnx.OperatorCase.operator;
import static dev.gauntlet.onnx.OperatorCase.plain;
import static dev.gauntlet.onnx.OperatorCase.sides;
import static dev.gauntlet.testkit.OnnxWriter.integer;
import static dev.gauntlet.testkit.OnnxWriter.integers;

import dev.gauntlet.testkit.OnnxElement;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Tests reductions. */
class ReductionsTest extends OperatorContract {
    @Override
    Stream<OperatorCase> cases() {
        return all();
    }

    static Stream<OperatorCase> all() {
        List<OperatorCase> cases = new ArrayList<>();
        for (String operator : List.of(
                "ReduceMean",
                "ReduceSum",
                "ReduceMax",
                "ReduceMin",
                "ReduceL1",
                "ReduceL2",
                "ReduceSumSquare",
                "ReduceProd",
                "ReduceLogSum",
                "ReduceLogSumExp")) {
            for (int opset : new int[] {7, 11, 13, 18}) {
                boolean asInput = opset >= (operator.equals("ReduceSum") ? 13 : 18);
                for (long keep = 0; keep < 2; keep++) {
                    byte[] keepdims = integer("keepdims", keep);
                    cases.add(plain(operator, opset, sides(2, 3, 4), keepdims));
                    long[] axes = opset >= 11 ? sides(0, -1) : sides(0, 2);
                    cases.add(
                            asInput
                                    ? operator(
                                            operator + " axes",
                                            opset,
                                            sides(2, 3, 4),
                                            graph -> graph.longs("a", axes)
                                                    .node(operator, List.of("x", "a"), List.of("y"), keepdims))
                                    : operator(
                                            operator + " axes",
                                            opset,
                                            sides(2, 3, 4),
                                            graph -> graph.node(operator, "x", "y", keepdims, integers("axes", axes))));
                }
            }
            cases.add(plain(operator, 18, sides(2, 3), integer("noop_with_empty_axes", 1)));
        }
        // ONNX Runtime squares or takes absolute values even where nothing is reduced; nothing exports that
        cases.removeIf(one ->
                one.opset() == 18 && one.sides().length == 2 && !one.name().matches("Reduce(Mean|Sum|Max|Min|Prod)"));
        cases.replaceAll(one -> one.name().startsWith("ReduceLogSum") ? one.between(0.3, 2) : one);
        for (int opset : new int[] {7, 12, 13}) {
            cases.add(operator(
                    "ArgMax",
                    opset,
                    sides(3, 5),
                    graph -> graph.node("ArgMax", "x", "z", integer("axis", 1))
                            .node("Cast", "z", "f", integer("to", OnnxElement.FLOAT.code()))
                            .node("Identity", "f", "y")));
        }
        return cases.stream();
    }
}

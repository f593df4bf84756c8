package dev.gauntlet.onnx;

import static dev.gauntlet.onnx.OperatorCase.constant;
import static dev.gauntlet.onnx.OperatorCase.operator;
import static dev.gauntlet.onnx.OperatorCase.sides;
import static dev.gauntlet.testkit.OnnxWriter.integers;
import static dev.gauntlet.testkit.OnnxWriter.text;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Tests products of matrices and sums over indices. */
class ProductsTest extends OperatorContract {
    @Override
    Stream<OperatorCase> cases() {
        return all();
    }

    static Stream<OperatorCase> all() {
        List<OperatorCase> cases = new ArrayList<>();
        for (int opset : new int[] {12, 17, 21}) {
            for (String equation : List.of("bhid,bhjd->bhij", "bhid, bhjd -> hb", "abcd,aecd", "bhid,bhjd->bhji")) {
                cases.add(operator("Einsum " + equation, opset, sides(2, 3, 4, 5), graph -> {
                    constant(graph, "c", 2, equation.startsWith("ab") ? 6 : 3, equation.startsWith("ab") ? 4 : 6, 5);
                    graph.node("Einsum", List.of("x", "c"), List.of("y"), text("equation", equation));
                }));
            }
            for (String equation : List.of("ij->ji", "ij->i", "ii->i", "ij")) {
                cases.add(operator(
                        "Einsum " + equation,
                        opset,
                        sides(4, 4),
                        graph -> graph.node("Einsum", List.of("x"), List.of("y"), text("equation", equation))));
            }
            // as exporters write it that put the places of a sequence first
            cases.add(operator("MatMul of turned batches", opset, sides(2, 3, 4), graph -> {
                constant(graph, "w", 4, 5);
                graph.node("Transpose", "x", "t", integers("perm", 1, 0, 2))
                        .node("MatMul", List.of("t", "w"), List.of("y"));
            }));
        }
        return cases.stream();
    }
}

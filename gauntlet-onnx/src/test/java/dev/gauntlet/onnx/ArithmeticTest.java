package dev.gauntlet.onnx;

import static dev.gauntlet.onnx.OperatorCase.constant;
import static dev.gauntlet.onnx.OperatorCase.operator;
import static dev.gauntlet.onnx.OperatorCase.plain;
import static dev.gauntlet.onnx.OperatorCase.sides;
import static dev.gauntlet.testkit.OnnxWriter.integer;
import static dev.gauntlet.testkit.OnnxWriter.number;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Tests arithmetic and comparisons. */
class ArithmeticTest extends OperatorContract {
    @Override
    Stream<OperatorCase> cases() {
        return all();
    }

    static Stream<OperatorCase> all() {
        List<OperatorCase> cases = new ArrayList<>();
        for (int opset : new int[] {7, 13, 21}) {
            for (String operator : List.of("Add", "Sub", "Mul", "Div")) {
                cases.add(operator(operator, opset, sides(2, 3, 4), graph -> {
                    constant(graph, "c", 0.5, 2, 3, 1);
                    graph.node(operator, List.of("x", "c"), List.of("y"));
                }));
                cases.add(operator(operator + " to more sides", opset, sides(3, 1), graph -> {
                            constant(graph, "c", 0.5, 2, 2, 3, 4);
                            graph.node(operator, List.of("c", "x"), List.of("y"));
                        })
                        .between(0.5, 2));
            }
            cases.add(operator("Pow", opset, sides(3, 4), graph -> {
                        constant(graph, "c", -2.0, 3.0, 4);
                        graph.node("Pow", List.of("x", "c"), List.of("y"));
                    })
                    .between(0.5, 2));
            cases.add(operator("Pow square", opset, sides(3, 4), graph -> {
                graph.floats("c", sides(), 2);
                graph.node("Pow", List.of("x", "c"), List.of("y"));
            }));
            for (String operator : List.of("Neg", "Abs", "Exp", "Tanh", "Sigmoid", "Relu", "Softplus", "Softsign")) {
                cases.add(plain(operator, opset, sides(2, 3, 5)));
            }
            for (String operator : List.of("Sqrt", "Log", "Reciprocal")) {
                cases.add(plain(operator, opset, sides(3, 4)).between(0.3, 2));
            }
            for (String operator : List.of("Floor", "Ceil")) {
                cases.add(operator(
                        operator,
                        opset,
                        sides(20),
                        graph -> graph.node(operator, "x", "z").node("Add", List.of("x", "z"), List.of("y"))));
            }
            for (String operator : List.of("Sum", "Mean", "Max", "Min")) {
                int version = Math.max(8, opset);
                cases.add(operator(operator, version, sides(2, 3, 4), graph -> {
                    constant(graph, "a", 3, 4);
                    constant(graph, "b", 2, 1, 1);
                    graph.node(operator, List.of("x", "a", "b"), List.of("y"));
                }));
            }
            cases.add(operator("MatMul", opset, sides(2, 3, 4), graph -> {
                constant(graph, "w", 4, 5);
                graph.node("MatMul", List.of("x", "w"), List.of("y"));
            }));
            cases.add(operator("MatMul of batches", opset, sides(2, 1, 3, 4), graph -> {
                constant(graph, "w", 5, 4, 2);
                graph.node("MatMul", List.of("x", "w"), List.of("y"));
            }));
            cases.add(operator(
                    "MatMul with itself",
                    opset,
                    sides(3, 3),
                    graph -> graph.node("MatMul", List.of("x", "x"), List.of("y"))));
            for (int trans = 0; trans < 4; trans++) {
                boolean a = (trans & 1) != 0;
                boolean b = (trans & 2) != 0;
                cases.add(operator("Gemm trans " + trans, opset, a ? sides(4, 3) : sides(3, 4), graph -> {
                    constant(graph, "w", b ? 5 : 4, b ? 4 : 5);
                    constant(graph, "c", 5);
                    graph.node(
                            "Gemm",
                            List.of("x", "w", "c"),
                            List.of("y"),
                            integer("transA", a ? 1 : 0),
                            integer("transB", b ? 1 : 0));
                }));
            }
            cases.add(operator("Gemm scaled", opset, sides(3, 4), graph -> {
                constant(graph, "w", 4, 5);
                constant(graph, "c", 3, 1);
                graph.node("Gemm", List.of("x", "w", "c"), List.of("y"), number("alpha", 0.5f), number("beta", -2f));
            }));
        }
        cases.add(operator("Gemm without bias", 13, sides(3, 4), graph -> {
            constant(graph, "w", 5, 4);
            graph.node("Gemm", List.of("x", "w"), List.of("y"), integer("transB", 1));
        }));
        cases.add(plain("Erf", 13, sides(3, 4)));
        for (String operator : List.of("Sin", "Cos")) {
            cases.add(plain(operator, 7, sides(3, 4)));
        }
        for (int opset : new int[] {10, 13}) {
            cases.add(operator("Mod as in C", opset, sides(3, 4), graph -> {
                constant(graph, "c", 0.5, 1, 4);
                graph.node("Mod", List.of("x", "c"), List.of("y"), integer("fmod", 1));
            }));
            cases.add(operator(
                    "Mod of whole numbers",
                    opset,
                    sides(3, 4),
                    graph -> graph.longs("a", 7, -7, 7, -7)
                            .longs("b", 3, 3, -3, -3)
                            .node("Mod", List.of("a", "b"), List.of("m"))
                            .node("Cast", "m", "f", integer("to", graph.type().code()))
                            .node("Mul", List.of("x", "f"), List.of("y"))));
        }
        cases.add(plain("Round", 13, sides(20)));
        cases.add(plain("Sign", 13, sides(20)));
        cases.add(operator(
                "Clip 7", 7, sides(20), graph -> graph.node("Clip", "x", "y", number("min", -1), number("max", 0.5f))));
        cases.add(operator("Clip min only", 7, sides(20), graph -> graph.node("Clip", "x", "y", number("min", 0))));
        for (int opset : new int[] {11, 13}) {
            cases.add(operator(
                    "Clip",
                    opset,
                    sides(20),
                    graph -> graph.floats("a", sides(), -1)
                            .floats("b", sides(), 0.5f)
                            .node("Clip", List.of("x", "a", "b"), List.of("y"))));
            cases.add(operator(
                    "Clip without min",
                    opset,
                    sides(20),
                    graph -> graph.floats("b", sides(), 0.5f).node("Clip", List.of("x", "", "b"), List.of("y"))));
            cases.add(operator("Clip without anything", opset, sides(20), graph -> graph.node("Clip", "x", "y")));
        }
        for (int opset : new int[] {9, 13, 16}) {
            for (String operator : List.of("Greater", "Less", "Equal", "GreaterOrEqual", "LessOrEqual")) {
                if ((operator.endsWith("OrEqual") && opset < 12) || (operator.equals("Equal") && opset < 11)) {
                    continue;
                }
                cases.add(operator("Where " + operator, opset, sides(3, 4), graph -> {
                    constant(graph, "c", 4);
                    constant(graph, "d", 3, 1);
                    graph.node(operator, List.of("x", "c"), List.of("m"))
                            .node("Where", List.of("m", "x", "d"), List.of("y"));
                }));
            }
            cases.add(operator("Where of both", opset, sides(3, 4), graph -> {
                constant(graph, "c", 4);
                constant(graph, "d", 3, 1);
                graph.node("Greater", List.of("x", "c"), List.of("m"))
                        .node("Less", List.of("x", "d"), List.of("n"))
                        .node("And", List.of("m", "n"), List.of("o"))
                        .node("Or", List.of("o", "n"), List.of("p"))
                        .node("Not", "p", "q")
                        .node("Where", List.of("q", "x", "d"), List.of("y"));
            }));
        }
        return cases.stream();
    }
}

package dev.gauntlet.onnx;

import static dev.gauntlet.onnx.OperatorCase.constant;
import static dev.gauntlet.onnx.OperatorCase.operator;
import static dev.gauntlet.onnx.OperatorCase.plain;
import static dev.gauntlet.onnx.OperatorCase.sides;
import static dev.gauntlet.testkit.OnnxWriter.integer;
import static dev.gauntlet.testkit.OnnxWriter.integers;
import static dev.gauntlet.testkit.OnnxWriter.number;
import static dev.gauntlet.testkit.OnnxWriter.numbers;
import static dev.gauntlet.testkit.OnnxWriter.text;

import dev.gauntlet.testkit.OnnxElement;
import dev.gauntlet.testkit.OnnxWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Tests operators that change shapes and types. */
class ShapesTest extends OperatorContract {
    @Override
    Stream<OperatorCase> cases() {
        return all();
    }

    static Stream<OperatorCase> all() {
        List<OperatorCase> cases = new ArrayList<>();
        for (int opset : new int[] {7, 9, 11, 13, 18, 21}) {
            cases.add(plain("Identity", opset, sides(3, 4)));
            cases.add(plain("Flatten", opset, sides(2, 3, 4)));
            cases.add(plain("Flatten", opset, sides(2, 3, 4), integer("axis", 0)));
            cases.add(plain("Flatten", opset, sides(2, 3, 4), integer("axis", 2)));
            cases.add(plain("Flatten", opset, sides(2, 3, 4), integer("axis", 3)));
            cases.add(operator(
                    "Reshape",
                    opset,
                    sides(2, 3, 4),
                    graph -> graph.longs("s", 0, -1, 2).node("Reshape", List.of("x", "s"), List.of("y"))));
            cases.add(plain("Transpose", opset, sides(2, 3, 4)));
            cases.add(plain("Transpose", opset, sides(2, 3, 4, 5), integers("perm", 0, 2, 3, 1)));
            cases.add(operator("Concat", opset, sides(2, 3, 4), graph -> {
                constant(graph, "c", 2, 1, 4);
                graph.node("Concat", List.of("x", "c", "x"), List.of("y"), integer("axis", 1));
            }));
            cases.add(operator(
                    "Gather",
                    opset,
                    sides(3, 4, 2),
                    graph -> graph.longs("i", 2, 0, 2)
                            .node("Gather", List.of("x", "i"), List.of("y"), integer("axis", 1))));
            cases.add(operator(
                    "Gather one",
                    opset,
                    sides(3, 4, 2),
                    graph -> graph.tensor(OnnxWriter.longTensor("i", sides(), 1))
                            .node("Gather", List.of("x", "i"), List.of("y"))));
            cases.add(operator(
                    "Gather table",
                    opset,
                    sides(3, 4),
                    graph -> graph.tensor(OnnxWriter.longTensor("i", sides(2, 2), 1, 0, 2, 2))
                            .node("Gather", List.of("x", "i"), List.of("y"))));
            cases.add(operator(
                    "Tile",
                    opset,
                    sides(2, 3),
                    graph -> graph.longs("r", 2, 3).node("Tile", List.of("x", "r"), List.of("y"))));
            cases.add(operator(
                    "sides kept by Shape and Gather",
                    opset,
                    sides(2, 3, 4),
                    graph -> graph.tensor(OnnxWriter.longTensor("i", sides(1), 0))
                            .longs("m", -1)
                            .node("Shape", "x", "s")
                            .node("Gather", List.of("s", "i"), List.of("n"))
                            .node("Concat", List.of("n", "m"), List.of("t"), integer("axis", 0))
                            .node("Reshape", List.of("x", "t"), List.of("y"))));
            if (opset < 13) {
                cases.add(operator(
                        "Squeeze",
                        opset,
                        sides(2, 1, 3, 1),
                        graph -> graph.node("Squeeze", "x", "y", integers("axes", 1, 3))));
                cases.add(operator(
                        "Unsqueeze",
                        opset,
                        sides(2, 3),
                        graph -> graph.node("Unsqueeze", "x", "y", integers("axes", 0, 3))));
                cases.add(operator(
                        "Split",
                        opset,
                        sides(2, 6),
                        graph -> graph.node(
                                        "Split",
                                        List.of("x"),
                                        List.of("a", "b"),
                                        integer("axis", 1),
                                        integers("split", 2, 4))
                                .node("Concat", List.of("b", "a"), List.of("y"), integer("axis", 1))));
            } else {
                cases.add(operator(
                        "Squeeze",
                        opset,
                        sides(2, 1, 3, 1),
                        graph -> graph.longs("a", 1, -1).node("Squeeze", List.of("x", "a"), List.of("y"))));
                cases.add(operator(
                        "Unsqueeze",
                        opset,
                        sides(2, 3),
                        graph -> graph.longs("a", -1, 0).node("Unsqueeze", List.of("x", "a"), List.of("y"))));
                cases.add(operator(
                        "Split",
                        opset,
                        sides(2, 6),
                        graph -> graph.longs("l", 2, 4)
                                .node("Split", List.of("x", "l"), List.of("a", "b"), integer("axis", 1))
                                .node("Concat", List.of("b", "a"), List.of("y"), integer("axis", 1))));
            }
            cases.add(plain("Squeeze", opset, sides(2, 1, 3, 1)));
            byte[][] even = opset >= 18
                    ? new byte[][] {integer("axis", 1), integer("num_outputs", 3)}
                    : new byte[][] {integer("axis", 1)};
            cases.add(operator(
                    "Split evenly",
                    opset,
                    sides(2, 6),
                    graph -> graph.node("Split", List.of("x"), List.of("a", "b", "c"), even)
                            .node("Sub", List.of("a", "c"), List.of("y"))));
            if (opset < 10) {
                cases.add(operator(
                        "Slice",
                        opset,
                        sides(4, 6),
                        graph -> graph.node("Slice", "x", "y", integers("starts", 1, -4), integers("ends", 3, 1000))));
                cases.add(operator(
                        "Slice axes",
                        opset,
                        sides(4, 6),
                        graph -> graph.node(
                                "Slice", "x", "y", integers("starts", -3), integers("ends", -1), integers("axes", 1))));
            } else {
                cases.add(operator(
                        "Slice",
                        opset,
                        sides(4, 6),
                        graph -> graph.longs("s", 1, -4)
                                .longs("e", 3, 1000)
                                .node("Slice", List.of("x", "s", "e"), List.of("y"))));
                cases.add(operator(
                        "Slice steps",
                        opset,
                        sides(4, 6),
                        graph -> graph.longs("s", 0)
                                .longs("e", 6)
                                .longs("a", -1)
                                .longs("t", 2)
                                .node("Slice", List.of("x", "s", "e", "a", "t"), List.of("y"))));
                cases.add(operator(
                        "Slice backwards",
                        opset,
                        sides(4, 6),
                        graph -> graph.longs("s", -1, 1000)
                                .longs("e", Long.MIN_VALUE + 1, 0)
                                .longs("a", 0, 1)
                                .longs("t", -1, -2)
                                .node("Slice", List.of("x", "s", "e", "a", "t"), List.of("y"))));
            }
            if (opset >= 8) {
                cases.add(operator(
                        "Expand",
                        opset,
                        sides(3, 1),
                        graph -> graph.longs("s", 2, 1, 4).node("Expand", List.of("x", "s"), List.of("y"))));
            }
            cases.add(operator(
                    "Cast",
                    opset,
                    sides(3, 4),
                    graph -> graph.node("Cast", "x", "d", integer("to", OnnxElement.DOUBLE.code()))
                            .node("Cast", "d", "e", integer("to", graph.type().code()))
                            .node("Mul", List.of("x", "e"), List.of("y"))));
            cases.add(plain("DepthToSpace", opset, sides(1, 8, 2, 3), integer("blocksize", 2)));
            if (opset >= 11) {
                cases.add(
                        plain("DepthToSpace", opset, sides(1, 8, 2, 3), integer("blocksize", 2), text("mode", "CRD")));
            }
            cases.add(plain("SpaceToDepth", opset, sides(1, 2, 4, 6), integer("blocksize", 2)));
            if (opset >= 9) {
                cases.add(operator(
                        "ConstantOfShape",
                        opset,
                        sides(2, 3),
                        graph -> graph.node("Shape", "x", "s")
                                .node(
                                        "ConstantOfShape",
                                        List.of("s"),
                                        List.of("c"),
                                        OnnxWriter.tensorAttribute("value", graph.floatTensor("", sides(1), 0.5f)))
                                .node("Add", List.of("x", "c"), List.of("y"))));
            }
            cases.add(operator(
                    "Constant",
                    opset,
                    sides(2, 3),
                    graph -> graph.node(
                                    "Constant",
                                    List.of(),
                                    List.of("c"),
                                    OnnxWriter.tensorAttribute("value", graph.floatTensor("", sides(3), 1, 2, 3)))
                            .node("Add", List.of("x", "c"), List.of("y"))));
            cases.add(operator(
                    "Size",
                    opset,
                    sides(2, 3),
                    graph -> graph.node("Size", "x", "s")
                            .node("Cast", "s", "f", integer("to", graph.type().code()))
                            .node("Div", List.of("x", "f"), List.of("y"))));
        }
        cases.add(operator(
                "Shape from to",
                15,
                sides(2, 3, 4),
                graph -> graph.node("Shape", "x", "s", integer("start", 1), integer("end", -1))
                        .longs("m", -1)
                        .node("Concat", List.of("s", "m"), List.of("t"), integer("axis", 0))
                        .node("Reshape", List.of("x", "t"), List.of("y"))));
        cases.add(operator(
                "Squeeze", 11, sides(2, 1, 3), graph -> graph.node("Squeeze", "x", "y", integers("axes", -2))));
        cases.add(operator(
                "Split unevenly",
                18,
                sides(2, 5),
                graph -> graph.node(
                                "Split", List.of("x"), List.of("a", "b"), integer("axis", 1), integer("num_outputs", 2))
                        .node("Concat", List.of("b", "a"), List.of("y"), integer("axis", 1))));
        cases.add(operator(
                "GatherElements",
                13,
                sides(3, 4),
                graph -> graph.tensor(OnnxWriter.longTensor("i", sides(2, 3), 0, -1, 2, 1, 1, -4))
                        .node("GatherElements", List.of("x", "i"), List.of("y"), integer("axis", 1))));
        for (int opset : new int[] {11, 13, 18}) {
            cases.add(operator("ScatterND into it", opset, sides(3, 4, 2), graph -> {
                constant(graph, "u", 2, 2);
                graph.tensor(OnnxWriter.longTensor("i", sides(2, 2), 0, 3, -1, 1))
                        .node("ScatterND", List.of("x", "i", "u"), List.of("y"));
            }));
            cases.add(operator("ScatterND of it", opset, sides(2, 1, 4), graph -> {
                constant(graph, "d", 3, 4);
                graph.tensor(OnnxWriter.longTensor("i", sides(2, 1, 1), 2, 0))
                        .node("ScatterND", List.of("d", "i", "x"), List.of("y"));
            }));
        }
        for (long upper = 0; upper < 2; upper++) {
            byte[] side = integer("upper", upper);
            cases.add(plain("Trilu", 14, sides(2, 3, 4), side));
            cases.add(operator(
                    "Trilu moved",
                    14,
                    sides(3, 4),
                    graph -> graph.tensor(OnnxWriter.longTensor("k", sides(), -1))
                            .node("Trilu", List.of("x", "k"), List.of("y"), side)));
        }
        cases.add(operator(
                "Range of whole numbers",
                15,
                sides(2, 4),
                graph -> graph.tensor(OnnxWriter.longTensor("a", sides(), 5))
                        .tensor(OnnxWriter.longTensor("b", sides(), -2))
                        .tensor(OnnxWriter.longTensor("c", sides(), -2))
                        .node("Range", List.of("a", "b", "c"), List.of("r"))
                        .node("CastLike", List.of("r", "x"), List.of("f"))
                        .node("Mul", List.of("x", "f"), List.of("y"))));
        cases.add(operator(
                "Range",
                15,
                sides(2, 3),
                graph -> graph.floats("a", sides(), 0.5f)
                        .floats("b", sides(), 2)
                        .floats("c", sides(), 0.5f)
                        .node("Range", List.of("a", "b", "c"), List.of("r"))
                        .node("CastLike", List.of("r", "x"), List.of("f"))
                        .node("Mul", List.of("x", "f"), List.of("y"))));
        cases.add(operator(
                "Gather from the end",
                11,
                sides(3, 4),
                graph -> graph.longs("i", -1, 0).node("Gather", List.of("x", "i"), List.of("y"), integer("axis", -1))));
        cases.add(operator(
                "whole numbers divided",
                13,
                sides(7, 2),
                graph -> graph.node("Shape", "x", "s")
                        .longs("d", 2, 2)
                        .node("Div", List.of("s", "d"), List.of("e"))
                        .node("Cast", "e", "f", integer("to", graph.type().code()))
                        .node("Mul", List.of("x", "f"), List.of("y"))));
        for (String kind : List.of("value_float", "value_floats", "value_int", "value_ints")) {
            cases.add(operator("Constant " + kind, 13, sides(2, 3), graph -> {
                byte[] value = switch (kind) {
                    case "value_float" -> number(kind, 1.5f);
                    case "value_floats" -> numbers(kind, 1, 2, 3);
                    case "value_int" -> integer(kind, 3);
                    default -> integers(kind, 1, 2, 3);
                };
                graph.node("Constant", List.of(), List.of("c"), value)
                        .node("Cast", "c", "f", integer("to", graph.type().code()))
                        .node("Mul", List.of("x", "f"), List.of("y"));
            }));
        }
        return cases.stream();
    }
}

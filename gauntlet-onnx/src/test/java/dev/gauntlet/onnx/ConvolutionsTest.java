package dev.gauntlet.onnx;

import static dev.gauntlet.onnx.OperatorCase.constant;
import static dev.gauntlet.onnx.OperatorCase.operator;
import static dev.gauntlet.onnx.OperatorCase.sides;
import static dev.gauntlet.testkit.OnnxWriter.integer;
import static dev.gauntlet.testkit.OnnxWriter.integers;
import static dev.gauntlet.testkit.OnnxWriter.text;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Tests convolutions and transposed convolutions. */
class ConvolutionsTest extends OperatorContract {
    @Override
    Stream<OperatorCase> cases() {
        return all();
    }

    private static OperatorCase convolution(
            String name, int opset, long[] sides, long[] weights, byte[]... attributes) {
        return operator(name, opset, sides, graph -> {
            constant(graph, "w", weights);
            constant(graph, "b", weights[0]);
            graph.node("Conv", List.of("x", "w", "b"), List.of("y"), attributes);
        });
    }

    private static OperatorCase transposed(
            String name, int opset, long[] sides, long[] weights, long out, byte[]... attributes) {
        return operator("ConvTranspose " + name, opset, sides, graph -> {
            constant(graph, "w", weights);
            constant(graph, "b", out);
            graph.node("ConvTranspose", List.of("x", "w", "b"), List.of("y"), attributes);
        });
    }

    static Stream<OperatorCase> all() {
        List<OperatorCase> cases = new ArrayList<>();
        for (int opset : new int[] {7, 11, 21}) {
            cases.add(convolution("Conv", opset, sides(2, 3, 6, 5), sides(4, 3, 3, 2)));
            cases.add(convolution(
                    "Conv pads", opset, sides(2, 3, 6, 5), sides(4, 3, 3, 3), integers("pads", 1, 1, 1, 1)));
            cases.add(convolution(
                    "Conv uneven pads", opset, sides(2, 3, 6, 5), sides(4, 3, 3, 3), integers("pads", 0, 2, 1, 1)));
            cases.add(convolution(
                    "Conv strides", opset, sides(1, 2, 7, 8), sides(3, 2, 3, 3), integers("strides", 2, 3)));
            cases.add(convolution(
                    "Conv dilations",
                    opset,
                    sides(1, 2, 7, 8),
                    sides(3, 2, 3, 3),
                    integers("dilations", 2, 3),
                    integers("pads", 2, 3, 2, 3)));
            cases.add(convolution("Conv groups", opset, sides(2, 4, 5, 5), sides(6, 2, 3, 3), integer("group", 2)));
            cases.add(convolution(
                    "Conv depthwise",
                    opset,
                    sides(2, 3, 5, 5),
                    sides(3, 1, 3, 3),
                    integer("group", 3),
                    integers("kernel_shape", 3, 3)));
            for (String pad : List.of("SAME_UPPER", "SAME_LOWER", "VALID")) {
                cases.add(convolution(
                        "Conv " + pad,
                        opset,
                        sides(1, 2, 6, 7),
                        sides(3, 2, 3, 2),
                        text("auto_pad", pad),
                        integers("strides", 2, 2)));
            }
            cases.add(transposed("plain", opset, sides(2, 3, 4, 3), sides(3, 2, 3, 2), 2));
            cases.add(transposed(
                    "strides",
                    opset,
                    sides(2, 3, 4, 3),
                    sides(3, 2, 3, 3),
                    2,
                    integers("strides", 2, 3),
                    integers("pads", 1, 1, 1, 1)));
            cases.add(transposed(
                    "more",
                    opset,
                    sides(1, 3, 4, 3),
                    sides(3, 2, 3, 3),
                    2,
                    integers("strides", 2, 2),
                    integers("pads", 0, 1, 1, 2),
                    integers("output_padding", 1, 1)));
            cases.add(transposed(
                    "groups",
                    opset,
                    sides(1, 4, 3, 3),
                    sides(4, 3, 2, 2),
                    6,
                    integer("group", 2),
                    integers("dilations", 2, 1)));
            cases.add(transposed(
                    "shape",
                    opset,
                    sides(1, 2, 3, 3),
                    sides(2, 2, 3, 3),
                    2,
                    integers("strides", 2, 2),
                    integers("output_shape", 6, 7)));
        }
        cases.add(convolution("Conv 1d", 11, sides(2, 3, 8), sides(4, 3, 3), integers("pads", 1, 0)));
        cases.add(convolution("Conv 3d", 11, sides(1, 2, 4, 5, 4), sides(3, 2, 2, 3, 2), integers("strides", 1, 2, 1)));
        cases.add(operator("Conv without bias", 11, sides(1, 2, 5, 5), graph -> {
            constant(graph, "w", 3, 2, 3, 3);
            graph.node("Conv", List.of("x", "w"), List.of("y"));
        }));
        return cases.stream();
    }
}

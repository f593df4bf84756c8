package dev.gauntlet.onnx;

import static dev.gauntlet.onnx.OperatorCase.operator;
import static dev.gauntlet.onnx.OperatorCase.plain;
import static dev.gauntlet.onnx.OperatorCase.sides;
import static dev.gauntlet.testkit.OnnxWriter.integer;
import static dev.gauntlet.testkit.OnnxWriter.number;
import static dev.gauntlet.testkit.OnnxWriter.numbers;
import static dev.gauntlet.testkit.OnnxWriter.text;

import dev.gauntlet.testkit.OnnxWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/** Tests resizing. */
class ResizingTest extends OperatorContract {
    @Override
    Stream<OperatorCase> cases() {
        return all();
    }

    /** The input that version 11 wants even where it is of no use. */
    private static final byte[] NO_REGION = scales("r");

    static Stream<OperatorCase> all() {
        List<OperatorCase> cases = new ArrayList<>();
        for (String mode : List.of("nearest", "linear")) {
            cases.add(plain("Upsample", 7, sides(1, 2, 3, 4), text("mode", mode), numbers("scales", 1, 1, 2, 3)));
            cases.add(operator(
                    "Upsample",
                    9,
                    sides(1, 2, 3, 4),
                    graph -> graph.tensor(NO_REGION)
                            .tensor(scales("s", 1, 1, 2, 1.5f))
                            .node("Upsample", List.of("x", "s"), List.of("y"), text("mode", mode))));
            for (float[] scales : new float[][] {{1, 1, 2, 2}, {1, 1, 0.5f, 0.7f}}) {
                cases.add(operator(
                        "Resize " + Arrays.toString(scales),
                        10,
                        sides(1, 2, 5, 4),
                        graph -> graph.tensor(NO_REGION)
                                .tensor(scales("s", scales))
                                .node("Resize", List.of("x", "s"), List.of("y"), text("mode", mode))));
            }
        }
        for (int opset : new int[] {11, 13, 18, 19}) {
            for (String mode : List.of("nearest", "linear", "cubic")) {
                for (String coordinates : List.of(
                        "asymmetric", "half_pixel", "align_corners", "pytorch_half_pixel", "half_pixel_symmetric")) {
                    if (coordinates.equals("half_pixel_symmetric") && opset < 19) {
                        continue;
                    }
                    for (float[] scales : new float[][] {{1, 1, 2, 2.5f}, {1, 1, 0.6f, 0.4f}}) {
                        cases.add(resize(opset, mode, coordinates, scales));
                    }
                    cases.add(operator(
                            "Resize to sizes " + mode + " " + coordinates,
                            opset,
                            sides(1, 2, 5, 6),
                            graph -> graph.tensor(NO_REGION)
                                    .tensor(OnnxWriter.longTensor("z", sides(4), 1, 2, 7, 3))
                                    .node(
                                            "Resize",
                                            List.of("x", "r", "r", "z"),
                                            List.of("y"),
                                            text("mode", mode),
                                            text("coordinate_transformation_mode", coordinates))));
                }
            }
            for (String nearest : List.of("round_prefer_floor", "round_prefer_ceil", "floor", "ceil")) {
                cases.add(operator(
                        "Resize " + nearest,
                        opset,
                        sides(1, 1, 4, 6),
                        graph -> graph.tensor(NO_REGION)
                                .tensor(scales("s", 1, 1, 2, 0.5f))
                                .node(
                                        "Resize",
                                        List.of("x", "r", "s"),
                                        List.of("y"),
                                        text("mode", "nearest"),
                                        text("nearest_mode", nearest))));
            }
        }
        cases.add(operator(
                "Resize cubic excluding",
                13,
                sides(1, 1, 5, 6),
                graph -> graph.tensor(NO_REGION)
                        .tensor(scales("s", 1, 1, 2, 1.7f))
                        .node(
                                "Resize",
                                List.of("x", "r", "s"),
                                List.of("y"),
                                text("mode", "cubic"),
                                number("cubic_coeff_a", -0.5f),
                                integer("exclude_outside", 1))));
        return cases.stream();
    }

    private static OperatorCase resize(int opset, String mode, String coordinates, float... scales) {
        return operator(
                "Resize %s %s %s".formatted(mode, coordinates, Arrays.toString(scales)),
                opset,
                sides(1, 2, 5, 6),
                graph -> graph.tensor(NO_REGION)
                        .tensor(scales("s", scales))
                        .node(
                                "Resize",
                                List.of("x", "r", "s"),
                                List.of("y"),
                                text("mode", mode),
                                text("coordinate_transformation_mode", coordinates)));
    }

    /** Scales are 32-bit floats whatever the type of the images. */
    private static byte[] scales(String name, float... values) {
        return new OnnxWriter(13).floatTensor(name, sides(values.length), values);
    }
}

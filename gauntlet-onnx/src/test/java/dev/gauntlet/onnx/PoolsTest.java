package dev.gauntlet.onnx;

import static dev.gauntlet.onnx.OperatorCase.plain;
import static dev.gauntlet.onnx.OperatorCase.sides;
import static dev.gauntlet.testkit.OnnxWriter.integer;
import static dev.gauntlet.testkit.OnnxWriter.integers;
import static dev.gauntlet.testkit.OnnxWriter.text;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Tests pools. */
class PoolsTest extends OperatorContract {
    @Override
    Stream<OperatorCase> cases() {
        return all();
    }

    static Stream<OperatorCase> all() {
        List<OperatorCase> cases = new ArrayList<>();
        for (int opset : new int[] {7, 10, 12, 21}) {
            for (String operator : List.of("MaxPool", "AveragePool")) {
                byte[] kernel = integers("kernel_shape", 3, 2);
                byte[] strides = integers("strides", 2, 2);
                cases.add(plain(operator, opset, sides(2, 3, 7, 6), kernel));
                cases.add(plain(operator, opset, sides(2, 3, 7, 6), kernel, strides));
                cases.add(plain(operator, opset, sides(1, 2, 7, 6), kernel, strides, integers("pads", 1, 1, 1, 1)));
                cases.add(plain(operator, opset, sides(1, 2, 7, 6), kernel, strides, integers("pads", 0, 1, 2, 0)));
                cases.add(plain(operator, opset, sides(1, 2, 7, 6), kernel, strides, text("auto_pad", "SAME_UPPER")));
                cases.add(plain(operator, opset, sides(1, 2, 7, 6), kernel, strides, text("auto_pad", "SAME_LOWER")));
                cases.add(plain(operator, opset, sides(2, 3, 9), integers("kernel_shape", 3)));
                cases.add(plain(operator, opset, sides(1, 2, 5, 4, 6), integers("kernel_shape", 2, 2, 3)));
                if (opset >= 10) {
                    byte[] ceil = integer("ceil_mode", 1);
                    cases.add(plain(operator, opset, sides(1, 2, 8, 7), kernel, strides, ceil));
                    cases.add(plain(
                            operator, opset, sides(1, 2, 8, 7), kernel, strides, ceil, integers("pads", 1, 0, 1, 1)));
                }
            }
            cases.add(plain(
                    "AveragePool",
                    opset,
                    sides(1, 2, 7, 6),
                    integers("kernel_shape", 3, 3),
                    integers("pads", 1, 1, 1, 1),
                    integer("count_include_pad", 1)));
            cases.add(plain(
                    "AveragePool",
                    opset,
                    sides(1, 2, 7, 6),
                    integers("kernel_shape", 3, 3),
                    integers("pads", 0, 1, 2, 1),
                    integer("count_include_pad", 1)));
            if (opset >= 10) {
                cases.add(plain(
                        "MaxPool",
                        opset,
                        sides(1, 2, 8, 9),
                        integers("kernel_shape", 2, 3),
                        integers("dilations", 2, 2)));
            }
            cases.add(plain("GlobalAveragePool", opset, sides(2, 3, 4, 5)));
            cases.add(plain("GlobalMaxPool", opset, sides(2, 3, 4, 5)));
        }
        cases.add(plain(
                "AveragePool",
                21,
                sides(1, 2, 8, 7),
                integers("kernel_shape", 3, 2),
                integers("strides", 2, 2),
                integers("pads", 1, 0, 1, 1),
                integer("ceil_mode", 1),
                integer("count_include_pad", 1)));
        return cases.stream();
    }
}

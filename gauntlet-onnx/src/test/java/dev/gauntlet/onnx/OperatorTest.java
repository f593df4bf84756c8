package dev.gauntlet.onnx;

import static dev.gauntlet.testkit.OnnxWriter.integer;
import static dev.gauntlet.testkit.OnnxWriter.integers;
import static dev.gauntlet.testkit.OnnxWriter.number;
import static dev.gauntlet.testkit.OnnxWriter.numbers;
import static dev.gauntlet.testkit.OnnxWriter.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.gauntlet.testkit.OnnxElement;
import dev.gauntlet.testkit.OnnxWriter;
import dev.gauntlet.torch.Libtorch;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every operator over shapes, attributes and versions: forward against ONNX Runtime, and the gradient in double precision
 * against finite differences.
 */
class OperatorTest {
    private static final double FORWARD_TOLERANCE = 1e-5;
    private static final double STEP = 1e-6;
    private static final double GRADIENT_TOLERANCE = 1e-6;

    /** A graph from {@code x} to {@code y}. */
    @SuppressWarnings("ArrayRecordComponent") // it is made once and written by nobody
    private record Case(String name, int opset, long[] sides, float least, float most, Consumer<OnnxWriter> graph) {
        Case between(double from, double to) {
            return new Case(name, opset, sides, (float) from, (float) to, graph);
        }

        byte[] file(OnnxElement type) {
            OnnxWriter writer = new OnnxWriter(opset, type).input("x", sides).output("y");
            graph.accept(writer);
            return writer.bytes();
        }

        float[] values() {
            SplittableRandom random = new SplittableRandom(name.hashCode());
            float[] values = new float[Math.toIntExact(Arrays.stream(sides).reduce(1, (a, b) -> a * b))];
            for (int i = 0; i < values.length; i++) {
                values[i] = least + (most - least) * random.nextFloat();
            }
            return values;
        }

        @Override
        public String toString() {
            return "%s %s, opset %d".formatted(name, Arrays.toString(sides), opset);
        }
    }

    @TempDir
    private Path folder;

    @BeforeAll
    static void load() {
        Libtorch.load();
    }

    private static long[] sides(long... sides) {
        return sides;
    }

    private static Case of(String name, int opset, long[] sides, Consumer<OnnxWriter> graph) {
        return new Case(name, opset, sides, -2, 2, graph);
    }

    private static Case plain(String operator, int opset, long[] sides, byte[]... attributes) {
        return of(operator, opset, sides, graph -> graph.node(operator, "x", "y", attributes));
    }

    /** Numbers that are the same in each run, none of them near a place where a function bends. */
    private static float[] random(int count, long seed, double from, double to) {
        SplittableRandom random = new SplittableRandom(seed);
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) (from + (to - from) * random.nextDouble());
        }
        return values;
    }

    private static void constant(OnnxWriter graph, String name, long... sides) {
        constant(graph, name, -1, 1, sides);
    }

    private static void constant(OnnxWriter graph, String name, double from, double to, long... sides) {
        int count = Math.toIntExact(Arrays.stream(sides).reduce(1, (a, b) -> a * b));
        graph.floats(name, sides, random(count, name.hashCode() * 31L + count, from, to));
    }

    private static Stream<Case> arithmetic() {
        List<Case> cases = new ArrayList<>();
        for (int opset : new int[] {7, 13, 21}) {
            for (String operator : List.of("Add", "Sub", "Mul", "Div")) {
                cases.add(of(operator, opset, sides(2, 3, 4), graph -> {
                    constant(graph, "c", 0.5, 2, 3, 1);
                    graph.node(operator, List.of("x", "c"), List.of("y"));
                }));
                cases.add(of(operator + " to more sides", opset, sides(3, 1), graph -> {
                            constant(graph, "c", 0.5, 2, 2, 3, 4);
                            graph.node(operator, List.of("c", "x"), List.of("y"));
                        })
                        .between(0.5, 2));
            }
            cases.add(of("Pow", opset, sides(3, 4), graph -> {
                        constant(graph, "c", -2.0, 3.0, 4);
                        graph.node("Pow", List.of("x", "c"), List.of("y"));
                    })
                    .between(0.5, 2));
            cases.add(of("Pow square", opset, sides(3, 4), graph -> {
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
                cases.add(of(
                        operator,
                        opset,
                        sides(20),
                        graph -> graph.node(operator, "x", "z").node("Add", List.of("x", "z"), List.of("y"))));
            }
            for (String operator : List.of("Sum", "Mean", "Max", "Min")) {
                int version = Math.max(8, opset);
                cases.add(of(operator, version, sides(2, 3, 4), graph -> {
                    constant(graph, "a", 3, 4);
                    constant(graph, "b", 2, 1, 1);
                    graph.node(operator, List.of("x", "a", "b"), List.of("y"));
                }));
            }
            cases.add(of("MatMul", opset, sides(2, 3, 4), graph -> {
                constant(graph, "w", 4, 5);
                graph.node("MatMul", List.of("x", "w"), List.of("y"));
            }));
            cases.add(of("MatMul of batches", opset, sides(2, 1, 3, 4), graph -> {
                constant(graph, "w", 5, 4, 2);
                graph.node("MatMul", List.of("x", "w"), List.of("y"));
            }));
            cases.add(of(
                    "MatMul with itself",
                    opset,
                    sides(3, 3),
                    graph -> graph.node("MatMul", List.of("x", "x"), List.of("y"))));
            for (int trans = 0; trans < 4; trans++) {
                boolean a = (trans & 1) != 0;
                boolean b = (trans & 2) != 0;
                cases.add(of("Gemm trans " + trans, opset, a ? sides(4, 3) : sides(3, 4), graph -> {
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
            cases.add(of("Gemm scaled", opset, sides(3, 4), graph -> {
                constant(graph, "w", 4, 5);
                constant(graph, "c", 3, 1);
                graph.node("Gemm", List.of("x", "w", "c"), List.of("y"), number("alpha", 0.5f), number("beta", -2f));
            }));
        }
        cases.add(of("Gemm without bias", 13, sides(3, 4), graph -> {
            constant(graph, "w", 5, 4);
            graph.node("Gemm", List.of("x", "w"), List.of("y"), integer("transB", 1));
        }));
        cases.add(plain("Erf", 13, sides(3, 4)));
        for (String operator : List.of("Sin", "Cos")) {
            cases.add(plain(operator, 7, sides(3, 4)));
        }
        for (int opset : new int[] {10, 13}) {
            cases.add(of("Mod as in C", opset, sides(3, 4), graph -> {
                constant(graph, "c", 0.5, 1, 4);
                graph.node("Mod", List.of("x", "c"), List.of("y"), integer("fmod", 1));
            }));
            cases.add(of(
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
        cases.add(of(
                "Clip 7", 7, sides(20), graph -> graph.node("Clip", "x", "y", number("min", -1), number("max", 0.5f))));
        cases.add(of("Clip min only", 7, sides(20), graph -> graph.node("Clip", "x", "y", number("min", 0))));
        for (int opset : new int[] {11, 13}) {
            cases.add(of(
                    "Clip",
                    opset,
                    sides(20),
                    graph -> graph.floats("a", sides(), -1)
                            .floats("b", sides(), 0.5f)
                            .node("Clip", List.of("x", "a", "b"), List.of("y"))));
            cases.add(of(
                    "Clip without min",
                    opset,
                    sides(20),
                    graph -> graph.floats("b", sides(), 0.5f).node("Clip", List.of("x", "", "b"), List.of("y"))));
            cases.add(of("Clip without anything", opset, sides(20), graph -> graph.node("Clip", "x", "y")));
        }
        for (int opset : new int[] {9, 13, 16}) {
            for (String operator : List.of("Greater", "Less", "Equal", "GreaterOrEqual", "LessOrEqual")) {
                if ((operator.endsWith("OrEqual") && opset < 12) || (operator.equals("Equal") && opset < 11)) {
                    continue;
                }
                cases.add(of("Where " + operator, opset, sides(3, 4), graph -> {
                    constant(graph, "c", 4);
                    constant(graph, "d", 3, 1);
                    graph.node(operator, List.of("x", "c"), List.of("m"))
                            .node("Where", List.of("m", "x", "d"), List.of("y"));
                }));
            }
            cases.add(of("Where of both", opset, sides(3, 4), graph -> {
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

    /** The Gaussian error linear unit in the forms in which it is exported, and forms that only look like it. */
    private static Stream<Case> gaussianUnits() {
        List<Case> cases = new ArrayList<>();
        for (double half : new double[] {0.5, 0.25}) {
            for (double one : new double[] {1, -1}) {
                cases.add(of("Gelu in parts %s %s".formatted(half, one), 13, sides(2, 3, 4), graph -> {
                    unitConstants(graph, half, one);
                    graph.node("Div", List.of("x", "r"), List.of("d"))
                            .node("Erf", "d", "e")
                            .node("Add", List.of("e", "o"), List.of("s"))
                            .node("Mul", List.of("x", "s"), List.of("p"))
                            .node("Mul", List.of("p", "h"), List.of("y"));
                }));
                cases.add(of("Gelu halved first %s %s".formatted(half, one), 13, sides(2, 3, 4), graph -> {
                    unitConstants(graph, half, one);
                    graph.node("Mul", List.of("h", "x"), List.of("p"))
                            .node("Mul", List.of("x", "q"), List.of("d"))
                            .node("Erf", "d", "e")
                            .node("Add", List.of("o", "e"), List.of("s"))
                            .node("Mul", List.of("s", "p"), List.of("y"));
                }));
            }
        }
        for (String seen : List.of("d", "e", "s", "p")) {
            cases.add(of("Gelu whose %s is also wanted".formatted(seen), 13, sides(3, 4), graph -> {
                unitConstants(graph, 0.5, 1);
                graph.node("Div", List.of("x", "r"), List.of("d"))
                        .node("Erf", "d", "e")
                        .node("Add", List.of("e", "o"), List.of("s"))
                        .node("Mul", List.of("x", "s"), List.of("p"))
                        .node("Mul", List.of("p", "h"), List.of("g"))
                        .node("Add", List.of("g", seen), List.of("y"));
            }));
        }
        cases.add(of("Gelu of another", 13, sides(3, 4), graph -> {
            unitConstants(graph, 0.5, 1);
            graph.node("Tanh", "x", "t")
                    .node("Div", List.of("x", "r"), List.of("d"))
                    .node("Erf", "d", "e")
                    .node("Add", List.of("e", "o"), List.of("s"))
                    .node("Mul", List.of("t", "s"), List.of("p"))
                    .node("Mul", List.of("p", "h"), List.of("y"));
        }));
        return cases.stream();
    }

    private static void unitConstants(OnnxWriter graph, double half, double one) {
        graph.floats("r", sides(), (float) Math.sqrt(2))
                .floats("q", sides(), (float) Math.sqrt(0.5))
                .floats("o", sides(), (float) one)
                .floats("h", sides(), (float) half);
    }

    @Test
    void gaussianUnitIsComputedInOneStep() {
        List<Integer> steps = new ArrayList<>();
        gaussianUnits().forEach(one -> {
            Graph graph = GraphReader.read(Path.of("test"), ByteBuffer.wrap(one.file(OnnxElement.FLOAT)));
            try (CompiledGraph program = CompiledGraph.of("test", graph, "x", "y")) {
                steps.add(program.size());
            }
        });

        assertThat(steps).containsExactly(1, 1, 5, 5, 5, 5, 5, 5, 6, 6, 6, 6, 6);
    }

    private static Stream<Case> products() {
        List<Case> cases = new ArrayList<>();
        for (int opset : new int[] {12, 17, 21}) {
            for (String equation : List.of("bhid,bhjd->bhij", "bhid, bhjd -> hb", "abcd,aecd", "bhid,bhjd->bhji")) {
                cases.add(of("Einsum " + equation, opset, sides(2, 3, 4, 5), graph -> {
                    constant(graph, "c", 2, equation.startsWith("ab") ? 6 : 3, equation.startsWith("ab") ? 4 : 6, 5);
                    graph.node("Einsum", List.of("x", "c"), List.of("y"), text("equation", equation));
                }));
            }
            for (String equation : List.of("ij->ji", "ij->i", "ii->i", "ij")) {
                cases.add(of(
                        "Einsum " + equation,
                        opset,
                        sides(4, 4),
                        graph -> graph.node("Einsum", List.of("x"), List.of("y"), text("equation", equation))));
            }
            // as exporters write it that put the places of a sequence first
            cases.add(of("MatMul of turned batches", opset, sides(2, 3, 4), graph -> {
                constant(graph, "w", 4, 5);
                graph.node("Transpose", "x", "t", integers("perm", 1, 0, 2))
                        .node("MatMul", List.of("t", "w"), List.of("y"));
            }));
        }
        return cases.stream();
    }

    private static Stream<Case> activations() {
        List<Case> cases = new ArrayList<>();
        for (int opset : new int[] {7, 13, 21}) {
            cases.add(plain("LeakyRelu", opset, sides(3, 5)));
            cases.add(plain("LeakyRelu", opset, sides(3, 5), number("alpha", 0.3f)));
            cases.add(plain("Elu", opset, sides(3, 5), number("alpha", 0.7f)));
            cases.add(plain("Selu", opset, sides(3, 5)));
            cases.add(plain("Selu", opset, sides(3, 5), number("alpha", 1.2f), number("gamma", 2f)));
            cases.add(plain("HardSigmoid", opset, sides(3, 5), number("alpha", 0.4f), number("beta", 0.3f)));
            cases.add(of("PRelu", opset, sides(2, 3, 4, 4), graph -> {
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

    private static Case convolution(String name, int opset, long[] sides, long[] weights, byte[]... attributes) {
        return of(name, opset, sides, graph -> {
            constant(graph, "w", weights);
            constant(graph, "b", weights[0]);
            graph.node("Conv", List.of("x", "w", "b"), List.of("y"), attributes);
        });
    }

    private static Case transposed(
            String name, int opset, long[] sides, long[] weights, long out, byte[]... attributes) {
        return of("ConvTranspose " + name, opset, sides, graph -> {
            constant(graph, "w", weights);
            constant(graph, "b", out);
            graph.node("ConvTranspose", List.of("x", "w", "b"), List.of("y"), attributes);
        });
    }

    private static Stream<Case> convolutions() {
        List<Case> cases = new ArrayList<>();
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
        cases.add(of("Conv without bias", 11, sides(1, 2, 5, 5), graph -> {
            constant(graph, "w", 3, 2, 3, 3);
            graph.node("Conv", List.of("x", "w"), List.of("y"));
        }));
        return cases.stream();
    }

    private static Stream<Case> pools() {
        List<Case> cases = new ArrayList<>();
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

    private static Stream<Case> normalizations() {
        List<Case> cases = new ArrayList<>();
        for (int opset : new int[] {7, 9, 14, 15, 21}) {
            cases.add(of("BatchNormalization", opset, sides(2, 3, 4, 2), graph -> {
                constant(graph, "s", 3);
                constant(graph, "b", 3);
                constant(graph, "m", 3);
                constant(graph, "v", 0.3, 2, 3);
                graph.node(
                        "BatchNormalization", List.of("x", "s", "b", "m", "v"), List.of("y"), number("epsilon", 0.01f));
            }));
        }
        for (int opset : new int[] {7, 13}) {
            cases.add(of("InstanceNormalization", opset, sides(2, 3, 4, 3), graph -> {
                constant(graph, "s", 3);
                constant(graph, "b", 3);
                graph.node("InstanceNormalization", List.of("x", "s", "b"), List.of("y"));
            }));
            cases.add(plain("LRN", opset, sides(2, 5, 3, 2), integer("size", 3), number("alpha", 0.5f)));
            cases.add(plain(
                    "LRN", opset, sides(2, 5, 3, 2), integer("size", 5), number("bias", 2), number("beta", 0.5f)));
        }
        for (int axis : new int[] {-1, 1}) {
            cases.add(of("LayerNormalization " + axis, 17, sides(2, 3, 4), graph -> {
                long[] scale = axis == 1 ? sides(3, 4) : sides(4);
                constant(graph, "s", scale);
                constant(graph, "b", scale);
                graph.node("LayerNormalization", List.of("x", "s", "b"), List.of("y"), integer("axis", axis));
            }));
        }
        cases.add(of("LayerNormalization without bias", 17, sides(2, 3, 4), graph -> {
            constant(graph, "s", 4);
            graph.node("LayerNormalization", List.of("x", "s"), List.of("y"));
        }));
        for (int opset : new int[] {18, 21}) {
            cases.add(of("GroupNormalization", opset, sides(2, 6, 3, 2), graph -> {
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
        cases.add(of(
                "Dropout of nothing",
                13,
                sides(3, 4),
                graph -> graph.floats("r", sides(), 0)
                        .tensor(OnnxWriter.rawTensor("t", OnnxElement.BOOL, sides(), new byte[] {1}))
                        .node("Dropout", List.of("x", "r", "t"), List.of("y"))));
        return cases.stream();
    }

    private static Stream<Case> reductions() {
        List<Case> cases = new ArrayList<>();
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
                                    ? of(
                                            operator + " axes",
                                            opset,
                                            sides(2, 3, 4),
                                            graph -> graph.longs("a", axes)
                                                    .node(operator, List.of("x", "a"), List.of("y"), keepdims))
                                    : of(
                                            operator + " axes",
                                            opset,
                                            sides(2, 3, 4),
                                            graph -> graph.node(operator, "x", "y", keepdims, integers("axes", axes))));
                }
            }
            cases.add(plain(operator, 18, sides(2, 3), integer("noop_with_empty_axes", 1)));
        }
        // ONNX Runtime squares or takes absolute values even where nothing is reduced; nothing exports that
        cases.removeIf(
                one -> one.opset == 18 && one.sides.length == 2 && !one.name.matches("Reduce(Mean|Sum|Max|Min|Prod)"));
        cases.replaceAll(one -> one.name.startsWith("ReduceLogSum") ? one.between(0.3, 2) : one);
        for (int opset : new int[] {7, 12, 13}) {
            cases.add(of(
                    "ArgMax",
                    opset,
                    sides(3, 5),
                    graph -> graph.node("ArgMax", "x", "z", integer("axis", 1))
                            .node("Cast", "z", "f", integer("to", OnnxElement.FLOAT.code()))
                            .node("Identity", "f", "y")));
        }
        return cases.stream();
    }

    private static Stream<Case> shapes() {
        List<Case> cases = new ArrayList<>();
        for (int opset : new int[] {7, 9, 11, 13, 18, 21}) {
            cases.add(plain("Identity", opset, sides(3, 4)));
            cases.add(plain("Flatten", opset, sides(2, 3, 4)));
            cases.add(plain("Flatten", opset, sides(2, 3, 4), integer("axis", 0)));
            cases.add(plain("Flatten", opset, sides(2, 3, 4), integer("axis", 2)));
            cases.add(plain("Flatten", opset, sides(2, 3, 4), integer("axis", 3)));
            cases.add(of(
                    "Reshape",
                    opset,
                    sides(2, 3, 4),
                    graph -> graph.longs("s", 0, -1, 2).node("Reshape", List.of("x", "s"), List.of("y"))));
            cases.add(plain("Transpose", opset, sides(2, 3, 4)));
            cases.add(plain("Transpose", opset, sides(2, 3, 4, 5), integers("perm", 0, 2, 3, 1)));
            cases.add(of("Concat", opset, sides(2, 3, 4), graph -> {
                constant(graph, "c", 2, 1, 4);
                graph.node("Concat", List.of("x", "c", "x"), List.of("y"), integer("axis", 1));
            }));
            cases.add(of(
                    "Gather",
                    opset,
                    sides(3, 4, 2),
                    graph -> graph.longs("i", 2, 0, 2)
                            .node("Gather", List.of("x", "i"), List.of("y"), integer("axis", 1))));
            cases.add(of(
                    "Gather one",
                    opset,
                    sides(3, 4, 2),
                    graph -> graph.tensor(OnnxWriter.longTensor("i", sides(), 1))
                            .node("Gather", List.of("x", "i"), List.of("y"))));
            cases.add(of(
                    "Gather table",
                    opset,
                    sides(3, 4),
                    graph -> graph.tensor(OnnxWriter.longTensor("i", sides(2, 2), 1, 0, 2, 2))
                            .node("Gather", List.of("x", "i"), List.of("y"))));
            cases.add(of(
                    "Tile",
                    opset,
                    sides(2, 3),
                    graph -> graph.longs("r", 2, 3).node("Tile", List.of("x", "r"), List.of("y"))));
            cases.add(of(
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
                cases.add(of(
                        "Squeeze",
                        opset,
                        sides(2, 1, 3, 1),
                        graph -> graph.node("Squeeze", "x", "y", integers("axes", 1, 3))));
                cases.add(of(
                        "Unsqueeze",
                        opset,
                        sides(2, 3),
                        graph -> graph.node("Unsqueeze", "x", "y", integers("axes", 0, 3))));
                cases.add(of(
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
                cases.add(of(
                        "Squeeze",
                        opset,
                        sides(2, 1, 3, 1),
                        graph -> graph.longs("a", 1, -1).node("Squeeze", List.of("x", "a"), List.of("y"))));
                cases.add(of(
                        "Unsqueeze",
                        opset,
                        sides(2, 3),
                        graph -> graph.longs("a", -1, 0).node("Unsqueeze", List.of("x", "a"), List.of("y"))));
                cases.add(of(
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
            cases.add(of(
                    "Split evenly",
                    opset,
                    sides(2, 6),
                    graph -> graph.node("Split", List.of("x"), List.of("a", "b", "c"), even)
                            .node("Sub", List.of("a", "c"), List.of("y"))));
            if (opset < 10) {
                cases.add(of(
                        "Slice",
                        opset,
                        sides(4, 6),
                        graph -> graph.node("Slice", "x", "y", integers("starts", 1, -4), integers("ends", 3, 1000))));
                cases.add(of(
                        "Slice axes",
                        opset,
                        sides(4, 6),
                        graph -> graph.node(
                                "Slice", "x", "y", integers("starts", -3), integers("ends", -1), integers("axes", 1))));
            } else {
                cases.add(of(
                        "Slice",
                        opset,
                        sides(4, 6),
                        graph -> graph.longs("s", 1, -4)
                                .longs("e", 3, 1000)
                                .node("Slice", List.of("x", "s", "e"), List.of("y"))));
                cases.add(of(
                        "Slice steps",
                        opset,
                        sides(4, 6),
                        graph -> graph.longs("s", 0)
                                .longs("e", 6)
                                .longs("a", -1)
                                .longs("t", 2)
                                .node("Slice", List.of("x", "s", "e", "a", "t"), List.of("y"))));
                cases.add(of(
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
                cases.add(of(
                        "Expand",
                        opset,
                        sides(3, 1),
                        graph -> graph.longs("s", 2, 1, 4).node("Expand", List.of("x", "s"), List.of("y"))));
            }
            cases.add(of(
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
                cases.add(of(
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
            cases.add(of(
                    "Constant",
                    opset,
                    sides(2, 3),
                    graph -> graph.node(
                                    "Constant",
                                    List.of(),
                                    List.of("c"),
                                    OnnxWriter.tensorAttribute("value", graph.floatTensor("", sides(3), 1, 2, 3)))
                            .node("Add", List.of("x", "c"), List.of("y"))));
            cases.add(of(
                    "Size",
                    opset,
                    sides(2, 3),
                    graph -> graph.node("Size", "x", "s")
                            .node("Cast", "s", "f", integer("to", graph.type().code()))
                            .node("Div", List.of("x", "f"), List.of("y"))));
        }
        cases.add(of(
                "Shape from to",
                15,
                sides(2, 3, 4),
                graph -> graph.node("Shape", "x", "s", integer("start", 1), integer("end", -1))
                        .longs("m", -1)
                        .node("Concat", List.of("s", "m"), List.of("t"), integer("axis", 0))
                        .node("Reshape", List.of("x", "t"), List.of("y"))));
        cases.add(of("Squeeze", 11, sides(2, 1, 3), graph -> graph.node("Squeeze", "x", "y", integers("axes", -2))));
        cases.add(of(
                "Split unevenly",
                18,
                sides(2, 5),
                graph -> graph.node(
                                "Split", List.of("x"), List.of("a", "b"), integer("axis", 1), integer("num_outputs", 2))
                        .node("Concat", List.of("b", "a"), List.of("y"), integer("axis", 1))));
        cases.add(of(
                "GatherElements",
                13,
                sides(3, 4),
                graph -> graph.tensor(OnnxWriter.longTensor("i", sides(2, 3), 0, -1, 2, 1, 1, -4))
                        .node("GatherElements", List.of("x", "i"), List.of("y"), integer("axis", 1))));
        for (int opset : new int[] {11, 13, 18}) {
            cases.add(of("ScatterND into it", opset, sides(3, 4, 2), graph -> {
                constant(graph, "u", 2, 2);
                graph.tensor(OnnxWriter.longTensor("i", sides(2, 2), 0, 3, -1, 1))
                        .node("ScatterND", List.of("x", "i", "u"), List.of("y"));
            }));
            cases.add(of("ScatterND of it", opset, sides(2, 1, 4), graph -> {
                constant(graph, "d", 3, 4);
                graph.tensor(OnnxWriter.longTensor("i", sides(2, 1, 1), 2, 0))
                        .node("ScatterND", List.of("d", "i", "x"), List.of("y"));
            }));
        }
        for (long upper = 0; upper < 2; upper++) {
            byte[] side = integer("upper", upper);
            cases.add(plain("Trilu", 14, sides(2, 3, 4), side));
            cases.add(of(
                    "Trilu moved",
                    14,
                    sides(3, 4),
                    graph -> graph.tensor(OnnxWriter.longTensor("k", sides(), -1))
                            .node("Trilu", List.of("x", "k"), List.of("y"), side)));
        }
        cases.add(of(
                "Range of whole numbers",
                15,
                sides(2, 4),
                graph -> graph.tensor(OnnxWriter.longTensor("a", sides(), 5))
                        .tensor(OnnxWriter.longTensor("b", sides(), -2))
                        .tensor(OnnxWriter.longTensor("c", sides(), -2))
                        .node("Range", List.of("a", "b", "c"), List.of("r"))
                        .node("CastLike", List.of("r", "x"), List.of("f"))
                        .node("Mul", List.of("x", "f"), List.of("y"))));
        cases.add(of(
                "Range",
                15,
                sides(2, 3),
                graph -> graph.floats("a", sides(), 0.5f)
                        .floats("b", sides(), 2)
                        .floats("c", sides(), 0.5f)
                        .node("Range", List.of("a", "b", "c"), List.of("r"))
                        .node("CastLike", List.of("r", "x"), List.of("f"))
                        .node("Mul", List.of("x", "f"), List.of("y"))));
        cases.add(of(
                "Gather from the end",
                11,
                sides(3, 4),
                graph -> graph.longs("i", -1, 0).node("Gather", List.of("x", "i"), List.of("y"), integer("axis", -1))));
        cases.add(of(
                "whole numbers divided",
                13,
                sides(7, 2),
                graph -> graph.node("Shape", "x", "s")
                        .longs("d", 2, 2)
                        .node("Div", List.of("s", "d"), List.of("e"))
                        .node("Cast", "e", "f", integer("to", graph.type().code()))
                        .node("Mul", List.of("x", "f"), List.of("y"))));
        for (String kind : List.of("value_float", "value_floats", "value_int", "value_ints")) {
            cases.add(of("Constant " + kind, 13, sides(2, 3), graph -> {
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

    private static Stream<Case> borders() {
        List<Case> cases = new ArrayList<>();
        for (String mode : List.of("constant", "edge", "reflect")) {
            for (int opset : new int[] {7, 11, 13, 18, 21}) {
                long[] pads = {0, 0, 2, 1, 0, 0, 1, 3};
                cases.add(of("Pad " + mode, opset, sides(1, 2, 4, 5), graph -> {
                    if (opset < 11) {
                        graph.node("Pad", "x", "y", text("mode", mode), integers("pads", pads), number("value", 1.5f));
                    } else {
                        graph.longs("p", pads)
                                .floats("v", sides(), 1.5f)
                                .node("Pad", List.of("x", "p", "v"), List.of("y"), text("mode", mode));
                    }
                }));
            }
            cases.add(of(
                    "Pad axes " + mode,
                    18,
                    sides(1, 2, 4, 5),
                    graph -> graph.longs("p", 1, 2, 2, 1)
                            .longs("a", -1, 2)
                            .node("Pad", List.of("x", "p", "", "a"), List.of("y"), text("mode", mode))));
        }
        cases.add(of(
                "Pad cutting",
                11,
                sides(1, 2, 4, 5),
                graph -> graph.longs("p", 0, 0, -1, 1, 0, 0, 0, -2).node("Pad", List.of("x", "p"), List.of("y"))));
        cases.add(of(
                "Pad wrap",
                19,
                sides(1, 2, 4, 5),
                graph -> graph.longs("p", 0, 0, 1, 2, 0, 0, 3, 0)
                        .node("Pad", List.of("x", "p"), List.of("y"), text("mode", "wrap"))));
        return cases.stream();
    }

    /** The input that version 11 wants even where it is of no use. */
    private static final byte[] NO_REGION = scales("r");

    private static Stream<Case> resizings() {
        List<Case> cases = new ArrayList<>();
        for (String mode : List.of("nearest", "linear")) {
            cases.add(plain("Upsample", 7, sides(1, 2, 3, 4), text("mode", mode), numbers("scales", 1, 1, 2, 3)));
            cases.add(of(
                    "Upsample",
                    9,
                    sides(1, 2, 3, 4),
                    graph -> graph.tensor(NO_REGION)
                            .tensor(scales("s", 1, 1, 2, 1.5f))
                            .node("Upsample", List.of("x", "s"), List.of("y"), text("mode", mode))));
            for (float[] scales : new float[][] {{1, 1, 2, 2}, {1, 1, 0.5f, 0.7f}}) {
                cases.add(of(
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
                    cases.add(of(
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
                cases.add(of(
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
        cases.add(of(
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

    private static Case resize(int opset, String mode, String coordinates, float... scales) {
        return of(
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

    static Stream<Case> cases() {
        return Stream.of(
                        arithmetic(),
                        products(),
                        gaussianUnits(),
                        activations(),
                        convolutions(),
                        pools(),
                        normalizations(),
                        reductions(),
                        shapes(),
                        borders(),
                        resizings())
                .flatMap(stream -> stream);
    }

    /** All but those that lead nowhere: what depends on no number of the input, or only by jumps. */
    static Stream<Case> differentiable() {
        return cases().filter(one -> !Set.of("Round", "Sign", "ArgMax").contains(one.name()));
    }

    @Test
    void everyOperatorIsTried() {
        Set<String> tried = new HashSet<>();
        cases().forEach(one -> GraphReader.read(Path.of("test"), ByteBuffer.wrap(one.file(OnnxElement.FLOAT)))
                .nodes()
                .forEach(node -> tried.add(node.operator())));

        assertThat(tried).containsExactlyInAnyOrderElementsOf(Operators.names());
    }

    @Test
    void everyOperatorIsDocumented() throws IOException {
        String list = Files.readString(Path.of("../docs/models.md"))
                .replaceFirst("(?s).*\nOperators: (.*?)\\.\n.*", "$1")
                .replaceAll("\\s+", " ");

        assertThat(list.split(", ", -1)).containsExactlyElementsOf(Operators.names());
    }

    @ParameterizedTest
    @MethodSource("cases")
    void givesWhatOnnxRuntimeGives(Case one) throws Exception {
        byte[] content = one.file(OnnxElement.FLOAT);
        Path file = Files.write(folder.resolve("model.onnx"), content);
        float[] values = one.values();
        RuntimeSession.Output expected;
        try (RuntimeSession session = RuntimeSession.open(file, List.of())) {
            expected = session.run("x", OnnxElement.FLOAT.code(), one.sides(), values, "y");
        }
        try (CompiledGraph program =
                        CompiledGraph.of("test", GraphReader.read(file, ByteBuffer.wrap(content)), "x", "y");
                PointerScope scope = new PointerScope();
                NoGradGuard guard = new NoGradGuard()) {
            Tensor y = program.run(Tensors.of(values).reshape(one.sides()));

            assertThat(Tensors.sides(y)).isEqualTo(expected.sides());
            float[] actual = Tensors.floats(y);
            for (int i = 0; i < actual.length; i++) {
                double tolerance = FORWARD_TOLERANCE * Math.max(1, Math.abs(expected.values()[i]));
                assertThat(actual[i]).as("number %d", i).isCloseTo(expected.values()[i], within((float) tolerance));
            }
        }
    }

    @ParameterizedTest
    @MethodSource("differentiable")
    void gradientIsThatOfFiniteDifferences(Case one) {
        Graph graph = GraphReader.read(Path.of("test"), ByteBuffer.wrap(one.file(OnnxElement.DOUBLE)));
        float[] values = one.values();
        try (CompiledGraph program = CompiledGraph.of("test", graph, "x", "y");
                PointerScope scope = new PointerScope()) {
            Tensor x = Tensors.of(values)
                    .to(torch.ScalarType.Double)
                    .reshape(one.sides())
                    .set_requires_grad(true);
            Tensor y = program.run(x);
            Tensor weights = weights(y);
            Tensor gradient = new Tensor(torch.grad(
                            new TensorVector(y),
                            new TensorVector(x),
                            new TensorVector(weights),
                            new BoolOptional(false),
                            false,
                            false)
                    .get(0));
            double[] derivative = doubles(gradient);
            assertThat(derivative).hasSize(values.length);
            SplittableRandom random = new SplittableRandom(1);
            for (int trial = 0; trial < Math.min(10, values.length); trial++) {
                int i = random.nextInt(values.length);
                double difference =
                        (loss(program, one, values, i, STEP, weights) - loss(program, one, values, i, -STEP, weights))
                                / (2 * STEP);
                assertThat(derivative[i])
                        .as("derivative by number %d", i)
                        .isCloseTo(difference, within(GRADIENT_TOLERANCE * Math.max(1, Math.abs(difference)) * 10));
            }
        }
    }

    private static double loss(
            CompiledGraph program, Case one, float[] values, int changed, double step, Tensor weights) {
        try (PointerScope scope = new PointerScope();
                NoGradGuard guard = new NoGradGuard()) {
            Tensor x = Tensors.of(values).to(torch.ScalarType.Double);
            x.data_ptr_double().put(changed, values[changed] + step);
            return torch.sum(torch.mul(program.run(x.reshape(one.sides())), weights))
                    .item_double();
        }
    }

    /** Weights that differ, so that a mistaken order is seen. */
    private static Tensor weights(Tensor y) {
        float[] weights = random(Math.toIntExact(y.numel()), 7, -1, 1);
        return Tensors.of(weights).to(torch.ScalarType.Double).reshape(Tensors.sides(y));
    }

    private static double[] doubles(Tensor tensor) {
        double[] values = new double[Math.toIntExact(tensor.numel())];
        tensor.contiguous().data_ptr_double().get(values);
        return values;
    }
}

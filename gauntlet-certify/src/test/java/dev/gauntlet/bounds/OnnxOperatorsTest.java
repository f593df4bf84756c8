package dev.gauntlet.bounds;

import static dev.gauntlet.testkit.OnnxWriter.integer;
import static dev.gauntlet.testkit.OnnxWriter.integers;
import static dev.gauntlet.testkit.OnnxWriter.number;
import static dev.gauntlet.testkit.OnnxWriter.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.gauntlet.GauntletException;
import dev.gauntlet.RandomKey;
import dev.gauntlet.data.Batch;
import dev.gauntlet.data.ImageShape;
import dev.gauntlet.data.Layout;
import dev.gauntlet.model.Classifier;
import dev.gauntlet.model.InputSpec;
import dev.gauntlet.onnx.OnnxModels;
import dev.gauntlet.testkit.OnnxWriter;
import dev.gauntlet.threat.Norm;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Bounds each operator of ONNX alone, and compares them with what the engine computes. */
class OnnxOperatorsTest {
    private static final ImageShape SHAPE = new ImageShape(4, 4, 6);
    private static final InputSpec CONTRACT = InputSpec.RAW.withLayout(Layout.NCHW);
    private static final int POINTS = 200;
    private static final double RADIUS = 0.2;

    @TempDir
    private Path folder;

    /**
     * One operator.
     *
     * @param name what is tested
     * @param opset the version of the operators
     * @param graph adds nodes from x, of shape (1, 4, 4, 6), to y
     */
    record Case(String name, int opset, UnaryOperator<OnnxWriter> graph) {
        @Override
        public String toString() {
            return name;
        }
    }

    private static Case of(String name, UnaryOperator<OnnxWriter> graph) {
        return new Case(name, 13, graph);
    }

    private static Case plain(String name, String operator, byte[]... attributes) {
        return of(name, graph -> graph.node(operator, "x", "y", attributes));
    }

    /** Draws weights, some of which are negative. */
    private static float[] weights(int count) {
        SplittableRandom random = RandomKey.of(count).generator();
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) (2 * random.nextDouble() - 1);
        }
        return values;
    }

    private static OnnxWriter constant(OnnxWriter graph, String name, long... sides) {
        int count = 1;
        for (long side : sides) {
            count *= (int) side;
        }
        return graph.floats(name, sides, weights(count));
    }

    private static Case convolution(String name, long[] kernel, byte[]... attributes) {
        return of(
                name,
                graph -> constant(constant(graph, "w", kernel), "b", kernel[0])
                        .node("Conv", List.of("x", "w", "b"), List.of("y"), attributes));
    }

    private static Case arithmetic(String name, String operator, boolean isLeft, long... sides) {
        return of(
                name,
                graph -> constant(graph, "c", sides)
                        .node(operator, isLeft ? List.of("c", "x") : List.of("x", "c"), List.of("y")));
    }

    static Stream<Case> supported() {
        long[] all = {1, 4, 4, 6};
        byte[] kernel = integers("kernel_shape", 2, 3);
        return Stream.of(
                convolution("Conv", new long[] {3, 4, 2, 3}),
                convolution(
                        "Conv with pads, strides and dilations",
                        new long[] {3, 4, 2, 2},
                        integers("pads", 1, 0, 2, 1),
                        integers("strides", 2, 1),
                        integers("dilations", 1, 2)),
                convolution("Conv in groups", new long[] {6, 2, 3, 3}, integer("group", 2)),
                convolution("Conv that keeps the size", new long[] {2, 4, 3, 2}, text("auto_pad", "SAME_UPPER")),
                of(
                        "Gemm",
                        graph -> constant(constant(graph, "w", 5, 96), "b", 5)
                                .node("Flatten", "x", "f")
                                .node("Gemm", List.of("f", "w", "b"), List.of("y"), integer("transB", 1))),
                of(
                        "MatMul",
                        graph -> constant(graph, "w", 96, 5)
                                .node("Flatten", "x", "f")
                                .node("MatMul", List.of("f", "w"), List.of("y"))),
                of(
                        "BatchNormalization",
                        graph -> constant(constant(constant(graph, "s", 4), "b", 4), "m", 4)
                                .floats("v", new long[] {4}, 0.5f, 1, 2, 0.1f)
                                .node("BatchNormalization", List.of("x", "s", "b", "m", "v"), List.of("y"))),
                of("Relu", graph -> shifted(graph).node("Relu", "z", "y")),
                of(
                        "Clip at 0",
                        graph -> shifted(graph)
                                .floats("l", new long[0], 0)
                                .node("Clip", List.of("z", "l"), List.of("y"))),
                of("Sigmoid", graph -> shifted(graph).node("Sigmoid", "z", "y")),
                of("Tanh", graph -> shifted(graph).node("Tanh", "z", "y")),
                plain("Neg", "Neg"),
                arithmetic("Add of a constant", "Add", false, all),
                arithmetic("Add of a number per channel", "Add", true, 4, 1, 1),
                arithmetic("Sub of a constant", "Sub", false, 1, 4, 1, 1),
                arithmetic("Sub from a constant", "Sub", true, 6),
                arithmetic("Mul with a constant", "Mul", false, 4, 1, 1),
                arithmetic("Div by a constant", "Div", false, 4, 1, 1),
                of("Add of two values", graph -> twoValues(graph).node("Add", List.of("p", "q"), List.of("y"))),
                of("Sub of two values", graph -> twoValues(graph).node("Sub", List.of("p", "q"), List.of("y"))),
                of("Add of a value to itself", graph -> graph.node("Add", List.of("x", "x"), List.of("y"))),
                plain("MaxPool", "MaxPool", kernel, integers("strides", 2, 2)),
                plain("MaxPool with pads", "MaxPool", kernel, integers("strides", 2, 2), integers("pads", 1, 1, 0, 1)),
                plain("MaxPool that rounds up", "MaxPool", kernel, integers("strides", 3, 2), integer("ceil_mode", 1)),
                plain("AveragePool", "AveragePool", kernel, integers("strides", 2, 1)),
                plain(
                        "AveragePool with pads",
                        "AveragePool",
                        kernel,
                        integers("pads", 1, 1, 1, 1),
                        integer("count_include_pad", 1)),
                plain("GlobalAveragePool", "GlobalAveragePool"),
                plain("GlobalMaxPool", "GlobalMaxPool"),
                plain("ReduceMean", "ReduceMean", integers("axes", 2, -1), integer("keepdims", 0)),
                plain("Identity", "Identity"),
                plain("Dropout", "Dropout"),
                plain("Cast to float", "Cast", integer("to", 1)),
                plain("Flatten", "Flatten"),
                of("Reshape", graph -> graph.longs("s", 1, -1, 8).node("Reshape", List.of("x", "s"), List.of("y"))),
                of(
                        "Unsqueeze and Squeeze",
                        graph -> graph.longs("a", 1)
                                .node("Unsqueeze", List.of("x", "a"), List.of("z"))
                                .node("Squeeze", List.of("z", "a"), List.of("y"))),
                plain("Transpose", "Transpose", integers("perm", 0, 3, 1, 2)),
                of(
                        "Slice",
                        graph -> graph.longs("f", 1, 4)
                                .longs("t", 4, 0)
                                .longs("a", 1, 3)
                                .longs("s", 2, -2)
                                .node("Slice", List.of("x", "f", "t", "a", "s"), List.of("y"))),
                of(
                        "Split",
                        graph -> graph.longs("s", 1, 3)
                                .node("Split", List.of("x", "s"), List.of("z", "y"), integer("axis", 1))),
                of(
                        "Gather",
                        graph -> graph.longs("i", 2, 0, 2)
                                .node("Gather", List.of("x", "i"), List.of("y"), integer("axis", 1))),
                of(
                        "Pad with a constant",
                        graph -> graph.longs("p", 0, 0, 1, 0, 0, 0, 0, 2)
                                .floats("c", new long[0], 0.25f)
                                .node("Pad", List.of("x", "p", "c"), List.of("y"))),
                of(
                        "Pad by reflection",
                        graph -> graph.longs("p", 0, 0, 1, 2, 0, 0, 1, 2)
                                .node("Pad", List.of("x", "p"), List.of("y"), text("mode", "reflect"))),
                of(
                        "Expand",
                        graph -> graph.longs("s", 2, 4, 4, 6)
                                .node("Expand", List.of("x", "s"), List.of("z"))
                                .longs("t", 1, -1)
                                .node("Reshape", List.of("z", "t"), List.of("y"))),
                of("Tile", graph -> graph.longs("s", 1, 1, 2, 1).node("Tile", List.of("x", "s"), List.of("y"))),
                plain("DepthToSpace", "DepthToSpace", integer("blocksize", 2)),
                plain("SpaceToDepth", "SpaceToDepth", integer("blocksize", 2)),
                of(
                        "Concat",
                        graph -> constant(twoValues(graph), "c", 1, 1, 4, 6)
                                .node("Concat", List.of("p", "c", "q"), List.of("y"), integer("axis", 1))));
    }

    /** Adds z, which is negative in places. */
    private static OnnxWriter shifted(OnnxWriter graph) {
        return graph.floats("half", new long[0], 0.5f).node("Sub", List.of("x", "half"), List.of("z"));
    }

    /** Adds p and q, which depend on the same numbers. */
    private static OnnxWriter twoValues(OnnxWriter graph) {
        return constant(graph, "u", 4, 1, 1)
                .node("Mul", List.of("x", "u"), List.of("p"))
                .node("Relu", "x", "q");
    }

    static Stream<Case> refused() {
        return Stream.of(
                of("Mul", graph -> graph.node("Mul", List.of("x", "x"), List.of("y"))),
                of("Div", graph -> constant(graph, "c", 1).node("Div", List.of("c", "x"), List.of("y"))),
                plain("Exp", "Exp"),
                plain("LeakyRelu", "LeakyRelu"),
                plain("AveragePool", "AveragePool", integers("kernel_shape", 2, 2), integers("pads", 1, 1, 1, 1)),
                of(
                        "Clip",
                        graph -> graph.floats("l", new long[0], 0.25f).node("Clip", List.of("x", "l"), List.of("y"))),
                of(
                        "Gemm",
                        graph -> constant(graph, "w", 96, 5)
                                .node("Flatten", "x", "f")
                                .node("Gemm", List.of("f", "w"), List.of("y"), number("alpha", 0.5f))),
                plain("MaxPool", "MaxPool", integers("kernel_shape", 2, 2), integers("dilations", 2, 2)));
    }

    private Classifier open(Case one, Batch sample) {
        OnnxWriter writer = one.graph().apply(new OnnxWriter(one.opset()).input("x", 1, 4, 4, 6));
        // numbers in [0,1] alone would be taken for probabilities
        Path file = writer.floats("two", new long[0], 2)
                .node("Sub", List.of("y", "two"), List.of("less"))
                .node("Flatten", "less", "out")
                .output("out", 1, -1)
                .write(folder.resolve("one.onnx"));
        return OnnxModels.whiteBox(file, CONTRACT, sample);
    }

    private static Batch images(int count) {
        SplittableRandom random = RandomKey.of(7).generator();
        float[] pixels = new float[count * SHAPE.size()];
        for (int i = 0; i < pixels.length; i++) {
            pixels[i] = (float) random.nextDouble();
        }
        return new Batch(SHAPE, new int[count], new int[count], pixels);
    }

    /** Draws points of the ball around an image: half of them corners. */
    private static Batch pointsAround(float[] image) {
        SplittableRandom random = RandomKey.of(9).generator();
        float[] pixels = new float[POINTS * image.length];
        for (int i = 0; i < pixels.length; i++) {
            double place = 2 * random.nextDouble() - 1;
            double moved = i / image.length % 2 == 0 ? place : Math.signum(place);
            pixels[i] = (float) Math.max(0, Math.min(1, image[i % image.length] + RADIUS * moved));
        }
        return new Batch(SHAPE, new int[POINTS], new int[POINTS], pixels);
    }

    private static Region region(float[] image, double radius) {
        return Region.of(Doubles.of(image, 1, image.length), Norm.LINF, radius);
    }

    /** Bounds the outputs by a pass to the pixels. */
    private static Range byPass(BoundGraph graph, Bounds bounds, Slope slope) {
        Tensor identity = torch.eye(graph.classes(), new TensorOptions(torch.ScalarType.Double))
                .unsqueeze(0);
        Relaxation relaxation = new SlopeRelaxation(slope);
        Tensor lower = new Backward(graph, bounds, relaxation, true).lower(graph.output(), identity);
        Tensor upper = new Backward(graph, bounds, relaxation, true)
                .lower(graph.output(), identity.neg())
                .neg();
        return new Range(lower, upper);
    }

    private static void assertContains(Range range, double[] slack, float[] outputs) {
        double[] lower = Doubles.read(range.lower());
        double[] upper = Doubles.read(range.upper());
        for (int i = 0; i < outputs.length; i++) {
            int place = i % lower.length;
            assertThat((double) outputs[i]).isBetween(lower[place] - slack[place], upper[place] + slack[place]);
        }
    }

    @ParameterizedTest
    @MethodSource("supported")
    void boundsWhatTheEngineComputes(Case one) {
        Batch image = images(1);
        try (Classifier model = open(one, image);
                PointerScope scope = new PointerScope();
                NoGradGuard guard = new NoGradGuard();
                BoundGraph graph = BoundGraph.of("one.onnx", model.layerGraph().orElseThrow())) {
            float[][] outputs = new float[POINTS][];
            Batch points = pointsAround(image.pixels());
            for (int i = 0; i < POINTS; i++) {
                outputs[i] = model.logits(points.select(new int[] {i})).values();
            }
            for (Slope slope : Slope.values()) {
                // points that were rounded to floats may lie a little outside
                Region region = region(image.pixels(), RADIUS * (1 + 1e-6));
                Bounds bounds = Bounds.of(graph, region, Precision.DOUBLE, slope);
                double[] slack = Doubles.read(bounds.deviations());
                Range byPass = byPass(graph, bounds, slope);
                for (float[] output : outputs) {
                    assertThat(output).hasSize(graph.classes());
                    assertContains(bounds.range(graph.output()), slack, output);
                    assertContains(byPass, slack, output);
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("supported")
    void isExactWithoutChanges(Case one) {
        Batch image = images(1);
        try (Classifier model = open(one, image);
                PointerScope scope = new PointerScope();
                NoGradGuard guard = new NoGradGuard();
                BoundGraph graph = BoundGraph.of("one.onnx", model.layerGraph().orElseThrow())) {
            Bounds bounds = Bounds.of(graph, region(image.pixels(), 0), Precision.DOUBLE, Slope.ADAPTIVE);
            float[] expected = model.logits(image).values();
            for (Range range : List.of(bounds.range(graph.output()), byPass(graph, bounds, Slope.ADAPTIVE))) {
                double[] lower = Doubles.read(range.lower());
                double[] upper = Doubles.read(range.upper());
                for (int i = 0; i < expected.length; i++) {
                    assertThat(lower[i]).isLessThanOrEqualTo(upper[i]).isCloseTo(upper[i], within(1e-11));
                    assertThat(lower[i]).isCloseTo(expected[i], within(1e-5));
                }
            }
        }
    }

    /** Without a ReLU or a maximum, the pass of each output ends at a corner that attains the bound. */
    @ParameterizedTest
    @EnumSource(
            value = Norm.class,
            names = {"LINF", "L2", "L1"})
    void attainsTheBoundsOfAffineOperators(Norm norm) {
        Case one = convolution("Conv", new long[] {3, 4, 2, 3});
        Batch image = images(1);
        try (Classifier model = open(one, image);
                PointerScope scope = new PointerScope();
                NoGradGuard guard = new NoGradGuard();
                BoundGraph graph = BoundGraph.of("one.onnx", model.layerGraph().orElseThrow())) {
            Region region = Region.unlimited(Doubles.of(image.pixels(), 1, SHAPE.size()), norm, RADIUS);
            Bounds bounds = Bounds.of(graph, region, Precision.DOUBLE, Slope.ADAPTIVE);
            Tensor identity = torch.eye(graph.classes(), new TensorOptions(torch.ScalarType.Double))
                    .unsqueeze(0);
            Backward pass = new Backward(graph, bounds, new SlopeRelaxation(Slope.ADAPTIVE), true);
            double[] lower = Doubles.read(pass.lower(graph.output(), identity));
            if (norm != Norm.L1) {
                Tensor corners = region.lowest(pass.pixelRows().squeeze(0));
                double[] attained = Doubles.read(graph.logits(corners));
                for (int i = 0; i < lower.length; i++) {
                    assertThat(attained[i * lower.length + i]).isCloseTo(lower[i], within(1e-10));
                }
            }
            double[] intervals = Doubles.read(bounds.range(graph.output()).lower());
            for (int i = 0; i < lower.length; i++) {
                assertThat(intervals[i]).isCloseTo(lower[i], within(1e-10));
            }
        }
    }

    @ParameterizedTest
    @MethodSource("refused")
    void refusesWhatHasNoRule(Case one) {
        Batch image = images(1);
        try (Classifier model = open(one, image)) {
            assertThatThrownBy(() -> new Crown().open(model))
                    .isInstanceOf(GauntletException.class)
                    .hasMessageContaining("cannot be certified: %s at node".formatted(one.name()));
        }
    }
}

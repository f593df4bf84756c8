package dev.gauntlet.bounds;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.gauntlet.model.LayerGraph;
import dev.gauntlet.threat.Norm;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Compares with the reference bounds of auto_LiRPA on a network with batch norm, convolutions and a residual sum. */
class PublishedBoundsTest {
    private static final int EXAMPLES = 8;
    private static final int CLASSES = 10;
    private static final double EPSILON = 0.01;
    private static final double TOLERANCE = 1e-12;

    private static Map<String, double[]> arrays = Map.of();

    @BeforeAll
    static void read() throws IOException {
        arrays = Fixtures.npz(Fixtures.folder("autolirpa").resolve("vision_test_data_64.npz"));
    }

    private static float[] floats(String name) {
        return Fixtures.floats(arrays.get(name));
    }

    private static LayerGraph network() {
        List<LayerGraph.Node> nodes = new ArrayList<>();
        int[] image = {3, 32, 32};
        int[] half = {3, 16, 16};
        int[] quarter = {3, 8, 8};
        nodes.add(new LayerGraph.Node("input", new LayerGraph.Input(), new int[0], image));
        nodes.add(new LayerGraph.Node("bn", batchNorm(32 * 32), new int[] {0}, image));
        nodes.add(new LayerGraph.Node("conv1", convolution("model.conv1"), new int[] {1}, half));
        nodes.add(new LayerGraph.Node("relu1", new LayerGraph.Relu(), new int[] {2}, half));
        nodes.add(new LayerGraph.Node("shortcut", convolution("model.shortcut"), new int[] {0}, half));
        nodes.add(new LayerGraph.Node("add", new LayerGraph.Add(), new int[] {3, 4}, half));
        nodes.add(new LayerGraph.Node("conv2", convolution("model.conv2"), new int[] {5}, quarter));
        nodes.add(new LayerGraph.Node("relu2", new LayerGraph.Relu(), new int[] {6}, quarter));
        nodes.add(new LayerGraph.Node(
                "fc1",
                new LayerGraph.Dense(CLASSES, 192, floats("model.fc1.weight"), floats("model.fc1.bias")),
                new int[] {7},
                new int[] {CLASSES}));
        return new LayerGraph(nodes);
    }

    private static LayerGraph.Scale batchNorm(int plane) {
        double[] subtracted = new double[3 * plane];
        double[] factors = new double[3 * plane];
        double[] added = new double[3 * plane];
        for (int i = 0; i < factors.length; i++) {
            int channel = i / plane;
            subtracted[i] = arrays.get("model.bn.running_mean")[channel];
            factors[i] = arrays.get("model.bn.weight")[channel]
                    / Math.sqrt(arrays.get("model.bn.running_var")[channel] + 1e-5);
            added[i] = arrays.get("model.bn.bias")[channel];
        }
        return new LayerGraph.Scale(subtracted, factors, added);
    }

    private static LayerGraph.Convolution convolution(String name) {
        return new LayerGraph.Convolution(
                new int[] {3, 3, 4, 4},
                floats(name + ".weight"),
                floats(name + ".bias"),
                new int[] {2, 2},
                new int[] {1, 1, 1, 1},
                new int[] {1, 1},
                1);
    }

    /** Computes lower and upper bounds of all logits. */
    private static double[][] bounds(
            Norm norm, Precision precision, @Nullable Slope tightening, Function<Slope, Relaxation> last, Slope slope) {
        try (PointerScope scope = new PointerScope();
                NoGradGuard guard = new NoGradGuard();
                BoundGraph graph = BoundGraph.of("vision", network())) {
            Region region = Region.unlimited(Doubles.of(arrays.get("data"), EXAMPLES, 3 * 32 * 32), norm, EPSILON);
            Bounds bounds = Bounds.of(graph, region, precision, tightening);
            double[] rows = new double[2 * CLASSES * CLASSES];
            for (int i = 0; i < CLASSES; i++) {
                rows[i * CLASSES + i] = 1;
                rows[(CLASSES + i) * CLASSES + i] = -1;
            }
            Tensor start = Doubles.of(rows, 1, 2 * CLASSES, CLASSES);
            double[] found =
                    Doubles.read(new Backward(graph, bounds, last.apply(slope), true).lower(graph.output(), start));
            double[] lower = new double[EXAMPLES * CLASSES];
            double[] upper = new double[EXAMPLES * CLASSES];
            for (int i = 0; i < lower.length; i++) {
                int offset = i / CLASSES * 2 * CLASSES + i % CLASSES;
                lower[i] = found[offset];
                upper[i] = -found[offset + CLASSES];
            }
            return new double[][] {lower, upper};
        }
    }

    private static double[][] bounds(Norm norm, String method, Precision precision) {
        return switch (method) {
            case "IBP" -> bounds(norm, precision, null, slope -> IntervalRelaxation.INSTANCE, Slope.ADAPTIVE);
            case "CROWN-IBP" -> bounds(norm, precision, null, SlopeRelaxation::new, Slope.ADAPTIVE);
            case "CROWN" -> bounds(norm, precision, Slope.ADAPTIVE, SlopeRelaxation::new, Slope.ADAPTIVE);
            default -> bounds(norm, precision, Slope.SAME, SlopeRelaxation::new, Slope.SAME);
        };
    }

    static Stream<Arguments> methods() {
        return Stream.of(Norm.LINF, Norm.L2)
                .flatMap(norm -> Stream.of("IBP", "CROWN-IBP", "CROWN", "CROWN-same-slope")
                        .map(method -> Arguments.of(norm, method)));
    }

    static Stream<Arguments> comparableMethods() {
        return methods()
                .filter(arguments -> !(arguments.get()[0] == Norm.L2
                        && String.valueOf(arguments.get()[1]).endsWith("IBP")));
    }

    @ParameterizedTest
    @MethodSource("comparableMethods")
    void givesTheReferenceBoundsBeforeRounding(Norm norm, String method) {
        double[][] bounds = bounds(norm, method, Precision.IGNORED);

        String key = (norm == Norm.LINF ? "l_inf_" : "l_2_") + method;
        double[] lower = arrays.get(key + "_lb");
        double[] upper = arrays.get(key + "_ub");
        for (int i = 0; i < lower.length; i++) {
            assertThat(bounds[0][i]).as("lower %d", i).isCloseTo(lower[i], within(TOLERANCE));
            assertThat(bounds[1][i]).as("upper %d", i).isCloseTo(upper[i], within(TOLERANCE));
        }
    }

    /** The reference replaces the batch norm by its largest factor in L2, so its first layer's ball is larger. */
    @ParameterizedTest
    @ValueSource(strings = {"IBP", "CROWN-IBP"})
    void isTighterThanTheReferenceWhereThatScalesTheBall(String method) {
        double[][] bounds = bounds(Norm.L2, method, Precision.IGNORED);

        for (int i = 0; i < bounds[0].length; i++) {
            double width = bounds[1][i] - bounds[0][i];
            double reference = arrays.get("l_2_" + method + "_ub")[i] - arrays.get("l_2_" + method + "_lb")[i];
            assertThat(width).isLessThan(reference).isGreaterThan(0.9 * reference);
        }
    }

    @ParameterizedTest
    @MethodSource("methods")
    void roundsOutwardByLessThanABillionth(Norm norm, String method) {
        double[][] ignored = bounds(norm, method, Precision.IGNORED);
        double[][] sound = bounds(norm, method, Precision.DOUBLE);

        for (int i = 0; i < ignored[0].length; i++) {
            assertThat(sound[0][i]).isLessThan(ignored[0][i]).isCloseTo(ignored[0][i], within(1e-9));
            assertThat(sound[1][i]).isGreaterThan(ignored[1][i]).isCloseTo(ignored[1][i], within(1e-9));
        }
    }
}

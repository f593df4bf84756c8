package dev.gauntlet.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.gauntlet.GauntletException;
import dev.gauntlet.testkit.OnnxWriter;
import dev.gauntlet.torch.Libtorch;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * The cases with which the standard itself explains its operators: graphs of one node or a few, inputs and outputs.
 *
 * <p>They are found in the folder that the environment variable {@code GAUNTLET_ONNX_CASES} names, or where Debian's
 * package libonnx-testdata puts them.
 */
class StandardTest {
    private static final Path FOLDER = Path.of(Optional.ofNullable(System.getenv("GAUNTLET_ONNX_CASES"))
            .orElse("/usr/lib/python3/dist-packages/onnx/backend/test/data"));

    private static final List<String> PARTS = List.of("node", "pytorch-converted", "pytorch-operator", "simple");

    /** As many of the cases of release 1.12 are met; other releases may have more. */
    private static final int MET = 465;

    /** Why a case is none for a classifier of images; each of these is said to the user, too. */
    private static final Pattern REFUSALS = Pattern.compile(
            ".*(uses operators whose gradient is not supported|uses opset [0-6];|is in training mode"
                    + "|supported are floats, signed integers|(?<!sparse tensors, which )(is|are) not supported|no graph with nodes).*");

    /**
     * Release 1.12 computes the place of a new row from a length that is not rounded to a whole number; ONNX Runtime, with
     * which every model is compared, and this program from the rounded one.
     */
    private static final Set<String> DEVIATIONS = Set.of(
            "test_resize_downsample_scales_cubic_align_corners", "test_resize_downsample_scales_linear_align_corners");

    @BeforeAll
    static void load() {
        assumeTrue(Files.isDirectory(FOLDER), FOLDER + " is missing; install libonnx-testdata");
        Libtorch.load();
    }

    private static List<Path> cases() throws IOException {
        List<Path> cases = new ArrayList<>();
        for (String part : PARTS) {
            try (Stream<Path> children = Files.list(FOLDER.resolve(part))) {
                children.filter(folder ->
                                !DEVIATIONS.contains(folder.getFileName().toString()))
                        .sorted()
                        .forEach(cases::add);
            }
        }
        return cases;
    }

    @Test
    void everyCaseIsMetOrRefused() throws Exception {
        int met = 0;
        Map<String, Throwable> failed = new TreeMap<>();
        for (Path folder : cases()) {
            try {
                met += meets(folder) ? 1 : 0;
            } catch (GauntletException e) {
                if (!REFUSALS.matcher(String.valueOf(e.getMessage())).matches()) {
                    failed.put(folder.toString(), e);
                }
            } catch (AssertionError | RuntimeException e) {
                failed.put(folder.toString(), e);
            }
        }
        assertThat(failed).isEmpty();
        assertThat(met).isGreaterThanOrEqualTo(MET);
    }

    /** Checks the outputs and returns true, or returns false if the case takes no tensor of floats. */
    private static boolean meets(Path folder) throws IOException {
        Path model = folder.resolve("model.onnx");
        Graph graph = GraphReader.read(model, ByteBuffer.wrap(Files.readAllBytes(model)));
        requireKnown(model, graph);
        int noTensor = 0;
        if (Stream.concat(graph.inputs().stream(), graph.outputs().stream())
                .anyMatch(port -> port.type() == noTensor)) {
            return false;
        }
        Map<String, Constant> constants = new LinkedHashMap<>(graph.constants());
        Optional<String> input = Optional.empty();
        Optional<Constant> given = Optional.empty();
        for (int i = 0; i < graph.inputs().size(); i++) {
            String name = graph.inputs().get(i).name();
            Constant value = tensor(folder.resolve("test_data_set_0/input_%d.pb".formatted(i)));
            if (given.isEmpty() && value.type().isFloating()) {
                input = Optional.of(name);
                given = Optional.of(value);
            } else {
                constants.put(name, value);
            }
        }
        if (given.isEmpty()) {
            return false;
        }
        Graph bound = new Graph(
                graph.opset(),
                graph.producer(),
                graph.nodes(),
                constants,
                List.of(),
                graph.unreadable(),
                graph.inputs(),
                graph.outputs());
        for (int i = 0; i < graph.outputs().size(); i++) {
            Constant expected = tensor(folder.resolve("test_data_set_0/output_%d.pb".formatted(i)));
            String output = graph.outputs().get(i).name();
            try (PointerScope scope = new PointerScope();
                    NoGradGuard guard = new NoGradGuard();
                    CompiledGraph program = CompiledGraph.of(model.toString(), bound, input.orElseThrow(), output)) {
                requireEqual(program.run(Tensors.of(given.orElseThrow())), expected);
            }
        }
        return true;
    }

    private static void requireKnown(Path model, Graph graph) {
        CompiledGraph.obstacle(
                        model.toString(),
                        graph,
                        graph.inputs().isEmpty() ? "" : graph.inputs().get(0).name(),
                        graph.outputs().get(0).name())
                .ifPresent(obstacle -> {
                    throw new GauntletException(obstacle);
                });
    }

    private static void requireEqual(Tensor actual, Constant expected) {
        assertThat(Tensors.sides(actual)).isEqualTo(expected.sides());
        double[] values = doubles(actual);
        double[] wanted = doubles(Tensors.of(expected));
        double relative = expected.type() == ElementType.FLOAT16 ? 1e-3 : 1e-5;
        for (int i = 0; i < values.length; i++) {
            if (Double.isFinite(wanted[i])) {
                assertThat(values[i])
                        .as("number %d", i)
                        .isCloseTo(wanted[i], within(1e-5 + relative * Math.abs(wanted[i])));
            } else {
                assertThat(values[i]).as("number %d", i).isEqualTo(wanted[i]);
            }
        }
    }

    private static double[] doubles(Tensor tensor) {
        double[] values = new double[Math.toIntExact(tensor.numel())];
        if (values.length > 0) {
            tensor.to(torch.ScalarType.Double).contiguous().data_ptr_double().get(values);
        }
        return values;
    }

    /** Reads a tensor that has a file of its own, as if it were a constant of a graph. */
    private static Constant tensor(Path file) throws IOException {
        byte[] graph = new OnnxWriter(13)
                .tensor(Files.readAllBytes(file))
                .node("Neg", "x", "y")
                .bytes();
        Graph read = GraphReader.read(file, ByteBuffer.wrap(graph));
        if (!read.unreadable().isEmpty()) {
            throw new GauntletException(
                    ElementType.unknown(read.unreadable().values().iterator().next()));
        }
        return read.constants().values().iterator().next();
    }
}

package dev.gauntlet.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.gauntlet.testkit.OnnxElement;
import dev.gauntlet.torch.Libtorch;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Tests operators over shapes, attributes and versions: forward against ONNX Runtime, and the gradient in double precision
 * against finite differences.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class OperatorContract {
    private static final double FORWARD_TOLERANCE = 1e-5;
    private static final double STEP = 1e-6;
    private static final double GRADIENT_TOLERANCE = 1e-6;

    @TempDir
    private Path folder;

    @BeforeAll
    static void load() {
        Libtorch.load();
    }

    /** Returns the graphs with the operators under test. */
    abstract Stream<OperatorCase> cases();

    /** All but those that lead nowhere: what depends on no number of the input, or only by jumps. */
    final Stream<OperatorCase> differentiable() {
        return cases().filter(one -> !Set.of("Round", "Sign", "ArgMax").contains(one.name()));
    }

    @ParameterizedTest
    @MethodSource("cases")
    final void givesWhatOnnxRuntimeGives(OperatorCase one) throws Exception {
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
    final void gradientIsThatOfFiniteDifferences(OperatorCase one) {
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
            CompiledGraph program, OperatorCase one, float[] values, int changed, double step, Tensor weights) {
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
        float[] weights = OperatorCase.random(Math.toIntExact(y.numel()), 7, -1, 1);
        return Tensors.of(weights).to(torch.ScalarType.Double).reshape(Tensors.sides(y));
    }

    private static double[] doubles(Tensor tensor) {
        double[] values = new double[Math.toIntExact(tensor.numel())];
        tensor.contiguous().data_ptr_double().get(values);
        return values;
    }
}

package dev.gauntlet.benchmarks;

import dev.gauntlet.data.Batch;
import dev.gauntlet.data.ImageShape;
import dev.gauntlet.loss.CrossEntropy;
import dev.gauntlet.model.DifferentiableClassifier;
import dev.gauntlet.model.Gradient;
import dev.gauntlet.model.InputSpec;
import dev.gauntlet.model.Logits;
import dev.gauntlet.onnx.OnnxModels;
import dev.gauntlet.testkit.OnnxWriter;
import dev.gauntlet.torch.Models;
import dev.gauntlet.torch.Network;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.infra.Blackhole;

/**
 * Measures the same weights as an ONNX graph and as a native network; the environment variable {@code
 * GAUNTLET_CONFORMANCE} names the folder of both.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
public class OnnxBenchmark {
    private static final int EXAMPLES = 1000;
    private static final ImageShape MNIST = new ImageShape(1, 28, 28);

    private static final String LENET =
            "conv 32 k3 p1, relu, pool 2, conv 64 k3 p1, relu, pool 2, flatten, linear 200, relu, linear 10";
    private static final String SMALL_CNN =
            "conv 32 k3, relu, conv 32 k3, relu, pool 2, conv 64 k3, relu, conv 64 k3, relu, pool 2, flatten, linear 200, relu, linear 200, relu, linear 10";
    private static final String STRIDED =
            "conv 16 k4 s2 p1, relu, conv 32 k4 s2 p1, relu, flatten, linear 100, relu, linear 10";

    /** The network. */
    @Param({"lenet5-standard", "trades-smallcnn", "wong-kolter-cnn"})
    public String network = "lenet5-standard";

    /** The form of its weights. */
    @Param({"native", "onnx"})
    public String form = "native";

    private final Batch batch = noise();
    private Optional<DifferentiableClassifier> model = Optional.empty();
    private Optional<Path> large = Optional.empty();

    /**
     * Loads the model, and writes one of 100 MB.
     *
     * @throws IOException if that cannot be written
     */
    @Setup
    public void load() throws IOException {
        Path folder = Path.of(System.getenv("GAUNTLET_CONFORMANCE"), network);
        String layers = switch (network) {
            case "trades-smallcnn" -> SMALL_CNN;
            case "wong-kolter-cnn" -> STRIDED;
            default -> LENET;
        };
        model = Optional.of(
                form.equals("onnx")
                        ? OnnxModels.whiteBox(folder.resolve("model.onnx"), InputSpec.RAW, batch.select(new int[] {0}))
                        : Models.load(folder.resolve("model.safetensors"), Optional.of(Network.parse(layers))));
        Path file = Files.createTempFile("gauntlet", ".onnx");
        write(file, 784, 32_000);
        large = Optional.of(file);
    }

    /**
     * Frees the model.
     *
     * @throws IOException if the temporary file cannot be deleted
     */
    @TearDown
    public void close() throws IOException {
        model.ifPresent(DifferentiableClassifier::close);
        if (large.isPresent()) {
            Files.delete(large.get());
        }
    }

    /**
     * One forward pass.
     *
     * @return the logits
     */
    @Benchmark
    public Logits logits() {
        return model.orElseThrow().logits(batch);
    }

    /**
     * One forward and one backward pass.
     *
     * @return the gradient
     */
    @Benchmark
    public Gradient gradient() {
        return model.orElseThrow().gradient(batch, new CrossEntropy());
    }

    /**
     * Imports an ONNX file of 100 MB and compares it with ONNX Runtime.
     *
     * @param hole consumes the model
     */
    @Benchmark
    public void loadHundredMegabytes(Blackhole hole) {
        try (DifferentiableClassifier loaded =
                OnnxModels.whiteBox(large.orElseThrow(), InputSpec.RAW, batch.select(new int[] {0, 1}))) {
            hole.consume(loaded.card());
        }
    }

    private static Batch noise() {
        SplittableRandom random = new SplittableRandom(1);
        float[] pixels = new float[EXAMPLES * MNIST.size()];
        for (int i = 0; i < pixels.length; i++) {
            pixels[i] = random.nextFloat();
        }
        return new Batch(MNIST, new int[EXAMPLES], new int[EXAMPLES], pixels);
    }

    /** Writes what an exporter produces for flat images times a matrix. */
    private static void write(Path file, int pixels, int classes) {
        new OnnxWriter(13)
                .node("MatMul", List.of("x", "w"), List.of("y"))
                .floats("w", new long[] {pixels, classes}, new float[pixels * classes])
                .input("x", -1, pixels)
                .output("y", -1, classes)
                .write(file);
    }
}

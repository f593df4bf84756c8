package dev.gauntlet.benchmarks;

import com.google.protobuf.CodedOutputStream;
import dev.gauntlet.data.Batch;
import dev.gauntlet.data.ImageShape;
import dev.gauntlet.loss.CrossEntropy;
import dev.gauntlet.model.DifferentiableClassifier;
import dev.gauntlet.model.Gradient;
import dev.gauntlet.model.InputSpec;
import dev.gauntlet.model.Logits;
import dev.gauntlet.onnx.OnnxModels;
import dev.gauntlet.torch.Models;
import dev.gauntlet.torch.Network;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
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
    private static void write(Path file, int pixels, int classes) throws IOException {
        byte[] weights = new byte[pixels * classes * Float.BYTES];
        byte[] tensor = message(out -> {
            out.writeInt64(1, pixels);
            out.writeInt64(1, classes);
            out.writeInt32(2, 1);
            out.writeString(8, "w");
            out.writeByteArray(9, weights);
        });
        byte[] node = message(out -> {
            out.writeString(1, "x");
            out.writeString(1, "w");
            out.writeString(2, "y");
            out.writeString(4, "MatMul");
        });
        byte[] graph = message(out -> {
            out.writeByteArray(1, node);
            out.writeByteArray(5, tensor);
            out.writeByteArray(11, port("x", pixels));
            out.writeByteArray(12, port("y", classes));
        });
        try (OutputStream stream = Files.newOutputStream(file)) {
            stream.write(message(out -> {
                out.writeInt64(1, 7);
                out.writeByteArray(7, graph);
                out.writeByteArray(8, message(set -> set.writeInt64(2, 13)));
            }));
        }
    }

    private static byte[] port(String name, int columns) {
        byte[] shape = message(out -> {
            out.writeByteArray(1, message(side -> side.writeString(2, "n")));
            out.writeByteArray(1, message(side -> side.writeInt64(1, columns)));
        });
        byte[] type = message(out -> {
            out.writeInt32(1, 1);
            out.writeByteArray(2, shape);
        });
        return message(out -> {
            out.writeString(1, name);
            out.writeByteArray(2, message(value -> value.writeByteArray(1, type)));
        });
    }

    @FunctionalInterface
    private interface Writing {
        void to(CodedOutputStream out) throws IOException;
    }

    private static byte[] message(Writing writing) {
        try {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            CodedOutputStream out = CodedOutputStream.newInstance(bytes);
            writing.to(out);
            out.flush();
            return bytes.toByteArray();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

package dev.gauntlet.verification;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gauntlet.cli.Gauntlet;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Runs commands in this process, on the built-in digits and a small network, which all classes share. */
abstract class CommandLineFixture {
    static final JsonMapper JSON = JsonMapper.shared();

    static final List<String> SMALL =
            List.of("--network", "mlp:784-16-10", "--epochs", "1", "--dataset", "digits", "--offline");

    /** The digits are drawn once, as they are in a user's cache. */
    private static final Path CACHE = Path.of("target", "test-cache").toAbsolutePath();

    @TempDir
    Path folder;

    StringWriter out;
    StringWriter err;

    @BeforeEach
    void listen() {
        out = new StringWriter();
        err = new StringWriter();
    }

    int evaluate(Path model, Path report, String... options) {
        return evaluate(model.toString(), report, options);
    }

    int evaluate(String model, Path report, String... options) {
        return run(List.of(options), "evaluate", model, "--dataset", "digits", "--offline", "--out", report.toString());
    }

    int run(String... arguments) {
        return run(List.of(), arguments);
    }

    int run(List<String> more, String... arguments) {
        return Gauntlet.run(
                environment(),
                new PrintWriter(out),
                new PrintWriter(err),
                Stream.concat(Stream.of(arguments), more.stream()).toArray(String[]::new));
    }

    /** The one line that a command says when it refuses. */
    String message() {
        assertThat(out).hasToString("");
        assertThat(err.toString()).startsWith("gauntlet: ").hasLineCount(1);
        return err.toString().strip();
    }

    /** Expects a command to be refused for its input, with this in its one line. */
    void assertRefused(String message, String... arguments) {
        listen();
        assertThat(run(arguments)).as(err.toString()).isEqualTo(2);
        assertThat(message()).contains(message);
    }

    static Map<String, String> environment() {
        return Map.of(
                "XDG_CACHE_HOME", CACHE.toString(),
                "LOCALAPPDATA", CACHE.toString());
    }

    static Path weights() {
        return Trained.WEIGHTS;
    }

    /** Trains when the first class asks, and not again in this process. */
    private static final class Trained {
        private static final Path WEIGHTS = train();

        private static Path train() {
            try {
                Path weights = Files.createTempDirectory("command-line").resolve("model.safetensors");
                weights.getParent().toFile().deleteOnExit();
                weights.toFile().deleteOnExit();
                StringWriter err = new StringWriter();
                List<String> arguments = new ArrayList<>(List.of("train", "--out", weights.toString(), "--quiet"));
                arguments.addAll(SMALL);
                assertThat(Gauntlet.run(
                                environment(),
                                new PrintWriter(new StringWriter()),
                                new PrintWriter(err),
                                arguments.toArray(String[]::new)))
                        .as(err.toString())
                        .isZero();
                return weights;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    static JsonNode read(Path report) throws IOException {
        return JSON.readTree(Files.readString(report.resolve("report.json")));
    }

    static JsonNode withoutTiming(JsonNode json) {
        ((ObjectNode) json).remove("timing");
        return json;
    }

    static JsonNode successfulAttacks(JsonNode record, int budget) {
        return record.path("outcomes").path("successfulAttacks").get(budget);
    }

    /** Ten classes told apart by the brightness of ten of the pixels, behind a softmax. */
    Path onnx() throws IOException {
        float[] weights = new float[784 * 10];
        for (int k = 0; k < 10; k++) {
            weights[(280 + k) * 10 + k] = 4;
        }
        ByteBuffer raw = ByteBuffer.allocate(weights.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        raw.asFloatBuffer().put(weights);
        return Files.write(folder.resolve("model.onnx"), TinyOnnx.matrixBehindSoftmax(784, 10, raw.array()));
    }
}

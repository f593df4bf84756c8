package dev.gauntlet.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.gauntlet.data.Batch;
import dev.gauntlet.data.Dataset;
import dev.gauntlet.data.ImageShape;
import dev.gauntlet.loss.CrossEntropy;
import dev.gauntlet.model.DifferentiableClassifier;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Native memory is invisible to the garbage collector, so a leak shows only in the size of the process. */
@Tag("slow")
class MemoryTest {
    private static final Path STATUS = Path.of("/proc/self/status");
    private static final int BATCHES = 2000;
    private static final int EXAMPLES = 100;
    private static final long ALLOWED_KILOBYTES = 50_000;
    private static final ImageShape SHAPE = new ImageShape(1, 28, 28);

    /** Until libtorch's pools have their size. */
    private static final int WARM_UP = 500;

    @TempDir
    private Path folder;

    private final TestReporter reporter;

    MemoryTest(TestReporter reporter) {
        this.reporter = reporter;
    }

    /** Makes the Java heap touch its pages, so that what grows later is native. */
    @BeforeAll
    static void growHeap() {
        List<byte[]> blocks = new ArrayList<>();
        long heap = Runtime.getRuntime().maxMemory();
        for (long bytes = 0; bytes < heap / 10 * 7; bytes += 1 << 20) {
            blocks.add(new byte[1 << 20]);
        }
        assertThat(blocks).isNotEmpty();
    }

    @BeforeEach
    void requireProc() {
        assumeTrue(Files.isReadable(STATUS), "skipped: the size of the process is read from " + STATUS);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "flatten, linear 100, relu, linear 10",
                "conv 10 k5, pool 2, relu, conv 20 k5, pool 2, relu, flatten, linear 50, relu, linear 10"
            })
    void evaluatingANetworkKeepsTheSize(String description) throws IOException {
        try (NetworkClassifier model = Samples.classifier(Samples.network(SHAPE, description), 1)) {
            evaluate(model, description);
        }
    }

    @Test
    void evaluatingAScriptKeepsTheSize() throws IOException {
        List<WeightTensor> weights =
                List.copyOf(Samples.weights(Samples.network(SHAPE, "flatten, linear 100, relu, linear 10"), 1)
                        .values());
        Path file = Scripts.write(
                folder.resolve("m.pt"),
                Map.of("a", weights.get(0), "b", weights.get(1), "c", weights.get(2), "d", weights.get(3)),
                "x = torch.relu(torch.linear(x.flatten(1), self.a, self.b))",
                "return torch.linear(x, self.c, self.d)");
        try (DifferentiableClassifier model = Models.load(file)) {
            evaluate(model, "script");
        }
    }

    @Test
    void failuresKeepTheSize() throws IOException {
        Path file = Scripts.write(folder.resolve("m.pt"), Map.of(), "return x.flatten(1).detach()");
        Batch batch = Samples.batch(SHAPE, 10, EXAMPLES, 1);
        try (DifferentiableClassifier model = Models.load(file)) {
            requireSteady("failures", () -> {
                BadInput.refused(() -> model.gradient(batch, new CrossEntropy()), "gradient");
            });
        }
    }

    @Test
    void loadingAndClosingKeepsTheSize() throws IOException {
        Path file = folder.resolve("m.safetensors");
        try (NetworkClassifier model = Samples.classifier(Network.mlp(784, 100, 10), 1)) {
            model.save(file);
        }
        requireSteady("loading", () -> Models.load(file).close());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "flatten, linear 100, relu, dropout 0.5, linear 10",
                "conv 6 k5, pool 2, relu, channel-dropout 0.5, flatten, linear 10"
            })
    void trainingKeepsTheSize(String description) throws IOException {
        Network network = Samples.network(SHAPE, description);
        Dataset train = Samples.bars(SHAPE, 10, 320, 1);
        Dataset test = Samples.bars(SHAPE, 10, 50, 2);
        Trainer trainer = new Trainer(1, 32, 0.001, 1);
        long before = 0;
        int trainings = BATCHES / 10;
        for (int i = 0; i < 2 * trainings; i++) {
            if (i == trainings) {
                before = kilobytes();
            }
            trainer.train(network, train, test, TrainingListener.NONE).close();
        }
        require("training " + description, before);
    }

    private void evaluate(DifferentiableClassifier model, String what) throws IOException {
        Batch batch = Samples.batch(SHAPE, 10, EXAMPLES, 1);
        requireSteady("evaluating " + what, () -> {
            model.gradient(batch, new CrossEntropy());
            model.logits(batch);
        });
    }

    private void requireSteady(String what, Runnable work) throws IOException {
        for (int i = 0; i < WARM_UP; i++) {
            work.run();
        }
        long before = kilobytes();
        for (int i = 0; i < BATCHES; i++) {
            work.run();
        }
        require(what, before);
    }

    private void require(String what, long before) throws IOException {
        long after = kilobytes();
        reporter.publishEntry(what, "%d kB before, %+d kB".formatted(before, after - before));
        assertThat(after - before)
                .as("growth in kB while %s, from %d kB", what, before)
                .isLessThan(ALLOWED_KILOBYTES);
    }

    private static long kilobytes() throws IOException {
        return Files.readAllLines(STATUS).stream()
                .filter(line -> line.startsWith("VmRSS:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                .findFirst()
                .orElseThrow();
    }
}

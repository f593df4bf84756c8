package dev.gauntlet.torch;

import dev.gauntlet.GauntletException;
import dev.gauntlet.data.Batch;
import dev.gauntlet.data.Dataset;
import dev.gauntlet.data.ImageShape;
import dev.gauntlet.loss.CrossEntropy;
import dev.gauntlet.model.DifferentiableClassifier;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Run in a process of its own: prints by how many kB the process grew while it did something often. */
final class MemoryProbe {
    static final Path STATUS = Path.of("/proc/self/status");

    private static final ImageShape SHAPE = new ImageShape(1, 28, 28);
    private static final int EXAMPLES = 100;

    /** The work before the first measurement: until libtorch's pools have their size. */
    private static final int WARM_UP = 200;

    private MemoryProbe() {}

    /** Takes what to do, how often, and a folder to work in. */
    public static void main(String[] arguments) throws IOException {
        int repetitions = Integer.parseInt(arguments[1]);
        Path folder = Path.of(arguments[2]);
        Batch batch = Samples.batch(SHAPE, 10, EXAMPLES, 1);
        switch (arguments[0]) {
            case "dense" -> evaluate("flatten, linear 100, relu, linear 10", batch, repetitions);
            case "convolutional" ->
                evaluate(
                        "conv 10 k5, pool 2, relu, conv 20 k5, pool 2, relu, flatten, linear 50, relu, linear 10",
                        batch,
                        repetitions);
            case "script" -> {
                try (DifferentiableClassifier model = Models.load(script(folder))) {
                    measure(repetitions, () -> evaluate(model, batch));
                }
            }
            case "failure" -> {
                Path file = Scripts.write(folder.resolve("m.pt"), Map.of(), "return x.flatten(1).detach()");
                try (DifferentiableClassifier model = Models.load(file)) {
                    measure(repetitions, () -> fail(model, batch));
                }
            }
            case "loading" -> {
                Path file = folder.resolve("m.safetensors");
                try (NetworkClassifier model = Samples.classifier(Network.mlp(784, 100, 10), 1)) {
                    model.save(file);
                }
                measure(repetitions, () -> Models.load(file).close());
            }
            case "loading-script" -> {
                Path file = script(folder);
                measure(repetitions, () -> Models.load(file).close());
            }
            case "training-dense" -> train("flatten, linear 100, relu, dropout 0.5, linear 10", repetitions);
            case "training-convolutional" ->
                train("conv 6 k5, pool 2, relu, channel-dropout 0.5, flatten, linear 10", repetitions);
            default -> throw new IllegalArgumentException(arguments[0]);
        }
    }

    private static Path script(Path folder) {
        List<WeightTensor> weights =
                List.copyOf(Samples.weights(Samples.network(SHAPE, "flatten, linear 100, relu, linear 10"), 1)
                        .values());
        return Scripts.write(
                folder.resolve("m.pt"),
                Map.of("a", weights.get(0), "b", weights.get(1), "c", weights.get(2), "d", weights.get(3)),
                "x = torch.relu(torch.linear(x.flatten(1), self.a, self.b))",
                "return torch.linear(x, self.c, self.d)");
    }

    private static void evaluate(String description, Batch batch, int repetitions) throws IOException {
        try (NetworkClassifier model = Samples.classifier(Samples.network(SHAPE, description), 1)) {
            measure(repetitions, () -> evaluate(model, batch));
        }
    }

    private static void evaluate(DifferentiableClassifier model, Batch batch) {
        model.gradient(batch, new CrossEntropy());
        model.logits(batch);
    }

    private static void fail(DifferentiableClassifier model, Batch batch) {
        try {
            model.gradient(batch, new CrossEntropy());
        } catch (GauntletException e) {
            return;
        }
        throw new AssertionError("a detached model has no gradient");
    }

    /** Ten steps, a test and the making of a model at each repetition. */
    private static void train(String description, int repetitions) throws IOException {
        Network network = Samples.network(SHAPE, description);
        Dataset train = Samples.bars(SHAPE, 10, 320, 1);
        Dataset test = Samples.bars(SHAPE, 10, 50, 2);
        Trainer trainer = new Trainer(1, 32, 0.001, 1);
        measure(
                repetitions,
                () -> trainer.train(network, train, test, TrainingListener.NONE).close());
    }

    private static void measure(int repetitions, Runnable work) throws IOException {
        for (int i = 0; i < Math.min(WARM_UP, repetitions); i++) {
            work.run();
        }
        long before = kilobytes();
        for (int i = 0; i < repetitions; i++) {
            work.run();
        }
        System.out.println(kilobytes() - before);
    }

    private static long kilobytes() throws IOException {
        return Files.readAllLines(STATUS).stream()
                .filter(line -> line.startsWith("VmRSS:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                .findFirst()
                .orElseThrow();
    }
}

package dev.gauntlet.benchmarks;

import dev.gauntlet.attack.Fgsm;
import dev.gauntlet.data.Batch;
import dev.gauntlet.data.DataOrigin;
import dev.gauntlet.data.Dataset;
import dev.gauntlet.data.ImageShape;
import dev.gauntlet.data.InMemoryDataset;
import dev.gauntlet.evaluate.Evaluator;
import dev.gauntlet.evaluate.LocalRunner;
import dev.gauntlet.evaluate.Plan;
import dev.gauntlet.evaluate.RobustnessReport;
import dev.gauntlet.loss.CrossEntropy;
import dev.gauntlet.model.Gradient;
import dev.gauntlet.model.Logits;
import dev.gauntlet.torch.Network;
import dev.gauntlet.torch.NetworkClassifier;
import dev.gauntlet.torch.Trainer;
import dev.gauntlet.torch.TrainingListener;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** Measures one batch of 1,000 images in the engine, and in the evaluator with all its checks. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
public class EngineBenchmark {
    private static final int EXAMPLES = 1000;

    /** The network. */
    @Param({"mlp", "lenet", "madry"})
    public String network = "mlp";

    private Dataset data = noise();
    private Batch batch = data.batch(IntStream.range(0, EXAMPLES).toArray());
    private NetworkClassifier model = untrained(data, network);

    /**
     * Creates the model of the chosen network, trained for one epoch on noise, because speed does not depend on the
     * weights.
     */
    @Setup
    public void makeModel() {
        model.close();
        model = untrained(data, network);
    }

    /** Frees the model. */
    @TearDown
    public void close() {
        model.close();
    }

    /**
     * One forward pass.
     *
     * @return the logits
     */
    @Benchmark
    public Logits logits() {
        return model.logits(batch);
    }

    /**
     * One forward and one backward pass.
     *
     * @return the gradient
     */
    @Benchmark
    public Gradient gradient() {
        return model.gradient(batch, new CrossEntropy());
    }

    /**
     * FGSM with seven budgets, evaluated: one gradient, six forward passes of the images that are classified correctly
     * when clean, and two of the first hundred to check that they agree.
     *
     * @return the report
     */
    @Benchmark
    public RobustnessReport sweep() {
        return Evaluator.on(new LocalRunner(1))
                .evaluate(model, data, Plan.linf(Fgsm.defaults(), 0, .05, .1, .15, .2, .25, .3));
    }

    private static NetworkClassifier untrained(Dataset data, String network) {
        return Trainer.defaults().withEpochs(1).train(Network.parse(network), data, data, TrainingListener.NONE);
    }

    private static Dataset noise() {
        SplittableRandom random = new SplittableRandom(0);
        ImageShape shape = new ImageShape(1, 28, 28);
        byte[] labels = new byte[EXAMPLES];
        byte[] pixels = new byte[EXAMPLES * shape.size()];
        random.nextBytes(pixels);
        for (int i = 0; i < EXAMPLES; i++) {
            labels[i] = (byte) random.nextInt(10);
        }
        return new InMemoryDataset(
                new DataOrigin("noise", "test", "built in", Map.of(), Optional.empty()),
                shape,
                List.of("0", "1", "2", "3", "4", "5", "6", "7", "8", "9"),
                labels,
                pixels);
    }
}

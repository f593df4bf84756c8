package dev.gauntlet.benchmarks;

import com.sun.management.OperatingSystemMXBean;
import dev.gauntlet.attack.Fgsm;
import dev.gauntlet.data.Batch;
import dev.gauntlet.data.Dataset;
import dev.gauntlet.data.DatasetLoader;
import dev.gauntlet.data.InMemoryDataset;
import dev.gauntlet.data.NamedDataset;
import dev.gauntlet.data.TrainTest;
import dev.gauntlet.evaluate.Evaluator;
import dev.gauntlet.evaluate.LocalRunner;
import dev.gauntlet.evaluate.Plan;
import dev.gauntlet.evaluate.RobustnessReport;
import dev.gauntlet.model.DifferentiableClassifier;
import dev.gauntlet.model.TrainingHistory;
import dev.gauntlet.torch.Network;
import dev.gauntlet.torch.NetworkClassifier;
import dev.gauntlet.torch.Trainer;
import dev.gauntlet.torch.TrainingListener;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * Times the README's example in a whole process, including JIT compiler and garbage collector: training, and the FGSM
 * sweep with a given number of workers, three times in a row.
 *
 * <p>Prints one line of JSON. Run it several times, alternating with the baseline, and quote medians.
 */
public final class SeedsJobTiming {
    private static final OperatingSystemMXBean PROCESS =
            (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

    /** The first sweep waits for the JIT compiler, the others show the time without it. */
    private static final int SWEEPS = 3;

    private SeedsJobTiming() {}

    /**
     * Runs the benchmark.
     *
     * @param arguments the number of epochs, the number of workers, and the network
     */
    public static void main(String[] arguments) {
        int epochs = Integer.parseInt(arguments[0]);
        int workers = Integer.parseInt(arguments[1]);
        TrainTest data = DatasetLoader.standard().load(NamedDataset.MNIST);
        startEngine(data.test());
        Epochs training = new Epochs();
        try (NetworkClassifier model = Trainer.defaults()
                .withEpochs(epochs)
                .train(Network.parse(arguments[2]), data.train(), data.test(), training)) {
            Plan<DifferentiableClassifier> plan = Plan.linf(Fgsm.defaults(), 0, .05, .1, .15, .2, .25, .3);
            List<String> sweeps = new ArrayList<>();
            String correct = "";
            for (int sweep = 0; sweep < SWEEPS; sweep++) {
                Moment start = Moment.now();
                RobustnessReport report = Evaluator.on(new LocalRunner(workers)).evaluate(model, data.test(), plan);
                sweeps.add(start.until(Moment.now()));
                correct = report.results().stream()
                        .map(result -> Integer.toString(result.accuracy().successes()))
                        .collect(Collectors.joining(","));
            }
            System.out.printf(
                    Locale.ROOT,
                    "{\"network\":\"%s\",\"train\":[%s],\"workers\":%d,\"fgsm_sweeps\":[%s],\"correct\":[%s]}%n",
                    arguments[2],
                    String.join(",", training.times),
                    workers,
                    String.join(",", sweeps),
                    correct);
        }
    }

    /** Loads the native libraries, whose loading time is independent of the benchmark. */
    private static void startEngine(Dataset data) {
        Batch one = data.batch(0);
        byte[] pixels = new byte[one.pixels().length];
        Dataset small = new InMemoryDataset(
                data.origin(), data.shape(), data.classes(), new byte[] {(byte) one.labels()[0]}, pixels);
        Trainer.defaults()
                .withEpochs(1)
                .train(Network.parse("mlp:784-10"), small, small, TrainingListener.NONE)
                .close();
    }

    /** Times the training steps of each epoch, without the test afterwards. */
    private static final class Epochs implements TrainingListener {
        private final List<String> times = new ArrayList<>();
        private Moment start = Moment.now();
        private Moment lastStep = start;

        @Override
        public void step(int epoch, int examples) {
            lastStep = Moment.now();
        }

        @Override
        public void epoch(TrainingHistory.Epoch epoch) {
            times.add(start.until(lastStep));
            start = Moment.now();
        }
    }

    private record Moment(long wall, long cpu) {
        static Moment now() {
            return new Moment(System.nanoTime(), PROCESS.getProcessCpuTime());
        }

        String until(Moment end) {
            return String.format(
                    Locale.ROOT, "{\"wall_s\":%.3f,\"cpu_s\":%.3f}", (end.wall - wall) / 1e9, (end.cpu - cpu) / 1e9);
        }
    }
}

package dev.gauntlet.benchmarks;

import com.sun.management.OperatingSystemMXBean;
import dev.gauntlet.attack.Fgsm;
import dev.gauntlet.data.DatasetLoader;
import dev.gauntlet.data.NamedDataset;
import dev.gauntlet.data.TrainTest;
import dev.gauntlet.evaluate.Evaluator;
import dev.gauntlet.evaluate.LocalRunner;
import dev.gauntlet.evaluate.Plan;
import dev.gauntlet.evaluate.RobustnessReport;
import dev.gauntlet.model.TrainingHistory;
import dev.gauntlet.torch.Network;
import dev.gauntlet.torch.NetworkClassifier;
import dev.gauntlet.torch.Trainer;
import dev.gauntlet.torch.TrainingListener;
import java.lang.management.ManagementFactory;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * Times the seed's job once, as a whole process does it, compiler and garbage collector included: training, and the
 * FGSM sweep with a given number of workers.
 *
 * <p>Prints one line of JSON. Run it several times, in turn with what it is compared to, and quote medians.
 */
public final class SeedsJobTiming {
    private static final OperatingSystemMXBean PROCESS =
            (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

    private SeedsJobTiming() {}

    /**
     * Runs the job.
     *
     * @param arguments the number of epochs, the number of workers, and the network
     */
    public static void main(String[] arguments) {
        int epochs = Integer.parseInt(arguments[0]);
        int workers = Integer.parseInt(arguments[1]);
        TrainTest data = DatasetLoader.standard().load(NamedDataset.MNIST);
        Clock training = new Clock();
        try (NetworkClassifier model = Trainer.defaults()
                .withEpochs(epochs)
                .train(Network.parse(arguments[2]), data.train(), data.test(), new PerEpoch())) {
            String trained = training.json();
            Plan plan = Plan.linf(Fgsm.defaults(), 0, .05, .1, .15, .2, .25, .3);
            Clock sweep = new Clock();
            RobustnessReport report = Evaluator.on(new LocalRunner(workers)).evaluate(model, data.test(), plan);
            System.out.printf(
                    Locale.ROOT,
                    "{\"network\":\"%s\",\"epochs\":%d,\"train\":%s,\"fgsm_sweep\":{\"workers\":%d,\"time\":%s,\"correct\":[%s]}}%n",
                    arguments[2],
                    epochs,
                    trained,
                    workers,
                    sweep.json(),
                    report.results().stream()
                            .map(result -> Integer.toString(result.accuracy().successes()))
                            .collect(Collectors.joining(",")));
        }
    }

    /** Prints the time of each epoch, its test included. */
    private static final class PerEpoch implements TrainingListener {
        private Clock clock = new Clock();

        @Override
        public void epoch(TrainingHistory.Epoch epoch) {
            System.err.printf("epoch %d %s%n", epoch.number(), clock.json());
            clock = new Clock();
        }
    }

    private static final class Clock {
        private final long wall = System.nanoTime();
        private final long cpu = PROCESS.getProcessCpuTime();

        String json() {
            return String.format(
                    Locale.ROOT,
                    "{\"wall_s\":%.3f,\"cpu_s\":%.3f}",
                    (System.nanoTime() - wall) / 1e9,
                    (PROCESS.getProcessCpuTime() - cpu) / 1e9);
        }
    }
}

package dev.gauntlet.benchmarks;

import com.sun.management.OperatingSystemMXBean;
import dev.gauntlet.data.DatasetLoader;
import dev.gauntlet.data.NamedDataset;
import dev.gauntlet.data.TrainTest;
import dev.gauntlet.model.TrainingHistory;
import dev.gauntlet.torch.Network;
import dev.gauntlet.torch.NetworkClassifier;
import dev.gauntlet.torch.Trainer;
import dev.gauntlet.torch.TrainingListener;
import dev.gauntlet.torch.objective.LearningRateSchedule;
import dev.gauntlet.torch.objective.Objectives;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.Locale;
import java.util.OptionalDouble;

/**
 * Times a training against an adversary on MNIST in a whole process, with what the guard saw after each epoch, and writes the
 * weights, to be evaluated by {@code gauntlet evaluate}.
 *
 * <p>Prints one line of JSON.
 */
public final class DefenseTiming {
    private static final OperatingSystemMXBean PROCESS =
            (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

    private DefenseTiming() {}

    /**
     * Runs the benchmark.
     *
     * @param arguments the network, the objective, epsilon, the number of epochs, the batch size, the learning rate, and the
     *     file for the weights
     * @throws IOException if the weights cannot be written
     */
    public static void main(String[] arguments) throws IOException {
        TrainTest data = DatasetLoader.standard().load(NamedDataset.MNIST);
        Trainer trainer = Trainer.defaults()
                .withObjective(Objectives.parse(arguments[1], OptionalDouble.of(Double.parseDouble(arguments[2]))))
                .withEpochs(Integer.parseInt(arguments[3]))
                .withBatchSize(Integer.parseInt(arguments[4]))
                .withLearningRate(Double.parseDouble(arguments[5]))
                .withSchedule(LearningRateSchedule.TRIANGLE);
        long wall = System.nanoTime();
        long cpu = PROCESS.getProcessCpuTime();
        try (NetworkClassifier model =
                trainer.train(Network.parse(arguments[0]), data.train(), data.test(), TrainingListener.NONE)) {
            model.save(Path.of(arguments[6]));
            TrainingHistory history = model.card().training().orElseThrow();
            TrainingHistory.Defense defense = history.defense().orElseThrow();
            TrainingHistory.Watched kept = defense.watched().get(defense.keptEpoch() - 1);
            System.out.printf(
                    Locale.ROOT,
                    "{\"network\":\"%s\",\"objective\":\"%s\",\"epsilon\":%s,\"wall_s\":%.1f,\"cpu_s\":%.1f,\"epoch\":%d,\"held_out\":%d,\"clean\":%d,\"fgsm\":%d,\"pgd\":%d,\"findings\":%d}%n",
                    arguments[0],
                    arguments[1],
                    arguments[2],
                    (System.nanoTime() - wall) / 1e9,
                    (PROCESS.getProcessCpuTime() - cpu) / 1e9,
                    kept.epoch(),
                    kept.examples(),
                    kept.clean(),
                    kept.fgsm(),
                    kept.pgd(),
                    defense.findings().size());
        }
    }
}

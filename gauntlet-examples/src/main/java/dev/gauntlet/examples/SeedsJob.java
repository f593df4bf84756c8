package dev.gauntlet.examples;

import dev.gauntlet.attack.Fgsm;
import dev.gauntlet.data.DatasetLoader;
import dev.gauntlet.data.NamedDataset;
import dev.gauntlet.data.TrainTest;
import dev.gauntlet.evaluate.Evaluator;
import dev.gauntlet.evaluate.LocalRunner;
import dev.gauntlet.evaluate.Plan;
import dev.gauntlet.evaluate.RobustnessReport;
import dev.gauntlet.model.DifferentiableClassifier;
import dev.gauntlet.report.ReportFolder;
import dev.gauntlet.torch.Network;
import dev.gauntlet.torch.NetworkClassifier;
import dev.gauntlet.torch.Trainer;
import dev.gauntlet.torch.TrainingListener;
import java.nio.file.Path;

/** The example of the README: train a network, attack it, write the report. */
public final class SeedsJob {
    private SeedsJob() {}

    /**
     * Writes a report into a new folder.
     *
     * @param arguments the folder
     */
    public static void main(String[] arguments) {
        TrainTest data = DatasetLoader.standard().loadOrDigits(NamedDataset.MNIST);
        Network network = Network.parse("mlp");
        try (NetworkClassifier model =
                Trainer.defaults().train(network, data.train(), data.test(), TrainingListener.NONE)) {
            Plan<DifferentiableClassifier> plan = Plan.linf(Fgsm.defaults(), 0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3);
            RobustnessReport report =
                    Evaluator.on(LocalRunner.onAllProcessors()).evaluate(model, data.test(), plan);
            report.results()
                    .forEach(result -> System.out.println(
                            result.epsilon() + ": " + result.accuracy().rate()));
            ReportFolder.write(report, Path.of(arguments[0]), false);
        }
    }
}

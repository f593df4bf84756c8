package com.example.modular;

import dev.gauntlet.attack.Fgsm;
import dev.gauntlet.data.DatasetLoader;
import dev.gauntlet.data.NamedDataset;
import dev.gauntlet.data.TrainTest;
import dev.gauntlet.evaluate.Evaluator;
import dev.gauntlet.evaluate.LocalRunner;
import dev.gauntlet.evaluate.Plan;
import dev.gauntlet.evaluate.RobustnessReport;
import dev.gauntlet.format.DataFormats;
import dev.gauntlet.format.ModelFormats;
import dev.gauntlet.report.ReportFolder;
import dev.gauntlet.report.ReportJson;
import dev.gauntlet.report.plan.PlanFile;
import dev.gauntlet.torch.Network;
import dev.gauntlet.torch.NetworkClassifier;
import dev.gauntlet.torch.Trainer;
import dev.gauntlet.torch.TrainingListener;
import java.nio.file.Files;
import java.nio.file.Path;

/** Trains a small network, attacks it with FGSM, and writes the report and its plan into a folder. */
public final class Main {
    private Main() {}

    public static void main(String[] arguments) throws Exception {
        Path folder = Path.of(arguments[0]);
        TrainTest data = DatasetLoader.standard().load(NamedDataset.DIGITS);
        try (NetworkClassifier model = Trainer.defaults()
                .withEpochs(1)
                .train(Network.parse("mlp:784-16-10"), data.train(), data.test(), TrainingListener.NONE)) {
            RobustnessReport report = Evaluator.on(LocalRunner.onAllProcessors())
                    .evaluate(model, data.test(), Plan.linf(Fgsm.defaults(), 0, 0.1).withExamples(500));
            ReportFolder.write(report, folder, false);
        }
        RobustnessReport read = ReportJson.read(folder);
        Path plan = Files.writeString(folder.resolve("plan.toml"), PlanFile.toml(read.request()));
        System.out.println("accuracy " + read.results().get(0).accuracy().rate());
        System.out.println("plan " + PlanFile.toml(PlanFile.read(plan)).equals(Files.readString(plan)));
        DataFormats.all().forEach(Main::printService);
        ModelFormats.all().forEach(Main::printService);
    }

    private static void printService(Object service) {
        Class<?> type = service.getClass();
        System.out.println("service " + type.getSimpleName() + " of " + type.getModule().getName());
    }
}

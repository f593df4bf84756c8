package dev.gauntlet.cli;

import dev.gauntlet.GauntletException;
import dev.gauntlet.data.DataOrigin;
import dev.gauntlet.data.TrainTest;
import dev.gauntlet.evaluate.Plan;
import dev.gauntlet.evaluate.RobustnessReport;
import dev.gauntlet.report.ReportFolder;
import dev.gauntlet.torch.Network;
import dev.gauntlet.torch.NetworkClassifier;
import dev.gauntlet.torch.Trainer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The whole story in one command. */
@Command(
        name = "demo",
        description = "Trains a network on MNIST, attacks it with FGSM over growing epsilon, and shows what happened.")
final class DemoCommand implements Callable<Integer> {
    @Mixin
    private DataOptions data;

    @Mixin
    private TrainingOptions training;

    @Mixin
    private AttackOptions attack;

    @Mixin
    private ReportOptions output;

    @Mixin
    private Console console;

    @Option(
            names = "--seed",
            paramLabel = "N",
            defaultValue = "0",
            description = "The seed of every random choice. Default: ${DEFAULT-VALUE}")
    private long seed;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        Network network = training.network();
        Trainer trainer = training.trainer(seed);
        Plan plan = attack.plan(seed);
        var runner = attack.runner();
        Path folder = output.folder("demo");
        try (var interruption = Interruption.says(spec.commandLine().getErr(), "no report was written.")) {
            TrainTest found = data.trainTest(console);
            DataOrigin origin = found.test().origin();
            DataOptions.sayNotice(console, origin.notice());
            console.say(
                    "Data      %s: %,d training and %,d test images, %s",
                    origin.name(), found.train().size(), found.test().size(), origin.location());
            console.say(
                    "Network   %s: %s; %,d parameters%n", network.name(), network.description(), network.parameters());
            Training trained = Training.run(trainer, network, found, console);
            try (NetworkClassifier model = trained.model()) {
                RobustnessReport report = EvaluationOutput.evaluate(model, found.test(), plan, runner, console)
                        .withTrainingSeconds(trained.seconds());
                Path page = ReportFolder.write(report, folder, output.force());
                save(model, folder.resolve("model.safetensors"));
                EvaluationOutput.print(report, page, console);
            }
        }
        return ExitCode.PASS.code();
    }

    private static void save(NetworkClassifier model, Path file) {
        try {
            model.save(file);
        } catch (IOException e) {
            throw new GauntletException(
                    "The weights could not be written to %s: %s.".formatted(file, e.getMessage()), e);
        }
    }
}

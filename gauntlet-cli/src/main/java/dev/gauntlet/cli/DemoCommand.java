package dev.gauntlet.cli;

import dev.gauntlet.data.TrainTest;
import dev.gauntlet.evaluate.RobustnessReport;
import dev.gauntlet.report.ReportFolder;
import dev.gauntlet.report.plan.PlanDocument;
import dev.gauntlet.request.EvaluationRequest;
import dev.gauntlet.request.ModelRef;
import dev.gauntlet.torch.NetworkClassifier;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** The whole story in one command. */
@Command(
        name = "demo",
        description = {
            "Trains a network, attacks it with FGSM at increasing epsilon, and writes a report with images, and the weights.",
            "By default it uses MNIST and the fully connected network, and takes about a minute."
        },
        footer = "Example: gauntlet demo --network lenet --epochs 3")
final class DemoCommand implements Callable<Integer> {
    @Mixin
    private DatasetOptions data;

    @Mixin
    private TrainingOptions training;

    @Mixin
    private AttackOptions attack;

    @Mixin
    private SeedOption seed;

    @Mixin
    private ReportOptions output;

    @Mixin
    private Console console;

    @Override
    public Integer call() {
        // refused before the data is read
        training.network();
        training.trainer(seed.value());
        PlanDocument asked = attack.in(data.in(training.plan()), seed);
        EvaluationRequest request = asked.request();
        request.knownAttacks();
        request.knownCertifier();
        Plans.sayRepeated(asked, console);
        Path folder = output.folder("demo");
        try (var interruption = Interruption.says(console, "no report was written.")) {
            TrainTest found = data.opening(console).trainTest(request.data());
            request.threat().criterion(found.test().classes());
            Training trained = Training.run(
                    (ModelRef.Trained) request.model(), request.sampling().seed(), found, console);
            try (NetworkClassifier model = trained.model()) {
                RobustnessReport report = EvaluationOutput.evaluate(
                                request,
                                model,
                                found.test(),
                                Optional.empty(),
                                Optional.empty(),
                                Optional.empty(),
                                console)
                        .withTrainingSeconds(trained.seconds());
                SafePlace written;
                try (ProgressView.Task task = console.task("writing the report")) {
                    written = interruption.write(
                            () -> SafePlace.write(
                                    folder,
                                    place -> ReportFolder.write(
                                            report,
                                            Optional.empty(),
                                            place,
                                            output.force(),
                                            staged -> model.save(staged.resolve(ReportOptions.WEIGHTS)))),
                            "the report is complete.");
                }
                EvaluationOutput.print(report, written.file(), console);
                written.requireAsWanted();
            }
        }
        return ExitCode.PASS.code();
    }
}

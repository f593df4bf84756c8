package dev.gauntlet.cli;

import dev.gauntlet.Numbers;
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
import java.util.function.Supplier;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The whole story in one command. */
@Command(
        name = "demo",
        description = {
            "Trains a network, attacks it with FGSM at increasing epsilon, and writes a report with images, and the weights.",
            "By default it uses MNIST and the fully connected network, and takes about a minute.",
            "With --defend it then trains a second network against an adversary, and the report compares both under the same attacks."
        },
        footer = {"Examples:", "  gauntlet demo --network lenet --epochs 3", "  gauntlet demo --defend"})
final class DemoCommand implements Callable<Integer> {
    private static final int EXAMPLES = 1000;

    /** The weights of the network that was not defended, next to those that were. */
    static final String STANDARD = "standard.safetensors";

    @Mixin
    private DatasetOptions data;

    @Mixin
    private TrainingOptions training;

    @Heading(Heading.Topic.TRAINING)
    @Option(
            names = "--defend",
            description = {
                "Also train the network against changes of 0.1, by adversarial training with one step, and compare both networks.",
                "The attacks are then FGSM and PGD on 1000 images, unless others are chosen."
            })
    private boolean defend;

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
        EvaluationRequest request = (defend ? AttackOptions.orElse(asked, EXAMPLES, "fgsm", "pgd") : asked).request();
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
                RobustnessReport report = evaluate(request, model, found, trained);
                if (defend) {
                    defend(request, found, report, model, folder, interruption);
                    return ExitCode.PASS.code();
                }
                SafePlace written = write(
                        interruption,
                        () -> SafePlace.write(
                                folder,
                                place -> ReportFolder.write(
                                        report,
                                        Optional.empty(),
                                        place,
                                        output.force(),
                                        staged -> model.save(staged.resolve(ReportOptions.WEIGHTS)))));
                EvaluationOutput.print(report, written.file(), console);
                written.requireAsWanted();
            }
        }
        return ExitCode.PASS.code();
    }

    /** Trains the same network against an adversary, and writes the report of both. */
    private void defend(
            EvaluationRequest request,
            TrainTest found,
            RobustnessReport before,
            NetworkClassifier standard,
            Path folder,
            Interruption interruption) {
        EvaluationOutput.printAccuracies(before, console);
        console.say("");
        Training defended = Training.again(
                DemoNetworks.defending(
                        training.trainer(seed.value(), DefenseOptions.learningRate(training.network(), true))),
                training.network(),
                found,
                console,
                checkpoint -> {});
        try (NetworkClassifier model = defended.model()) {
            Training.sayKept(model, console);
            RobustnessReport after = evaluate(request.withModel(ReportOptions.weights(folder)), model, found, defended);
            BeforeAndAfter both = new BeforeAndAfter(before, after);
            SafePlace written = write(
                    interruption,
                    () -> both.write(folder, output.force(), staged -> {
                        model.save(staged.resolve(ReportOptions.WEIGHTS));
                        standard.save(staged.resolve(STANDARD));
                    }));
            both.print(
                    "Standard training and adversarial training at epsilon " + Numbers.rounded(DemoNetworks.EPSILON),
                    written.file(),
                    console);
            written.requireAsWanted();
        }
    }

    private RobustnessReport evaluate(
            EvaluationRequest request, NetworkClassifier model, TrainTest found, Training trained) {
        return EvaluationOutput.evaluate(
                        request, model, found.test(), Optional.empty(), Optional.empty(), Optional.empty(), console)
                .withTrainingSeconds(trained.seconds());
    }

    private SafePlace write(Interruption interruption, Supplier<SafePlace> report) {
        try (ProgressView.Task task = console.task("writing the report")) {
            return interruption.write(report, "the report is complete.");
        }
    }
}

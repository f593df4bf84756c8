package dev.gauntlet.cli;

import dev.gauntlet.GauntletException;
import dev.gauntlet.data.Dataset;
import dev.gauntlet.evaluate.Limits;
import dev.gauntlet.evaluate.RobustnessReport;
import dev.gauntlet.format.ModelDescription;
import dev.gauntlet.model.Classifier;
import dev.gauntlet.report.AdversarialFolder;
import dev.gauntlet.report.ReportFolder;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Attacks a model from a file. */
@Command(
        name = "evaluate",
        description = "Attacks a model from a file over growing epsilon and writes a report.",
        footer = {
            "Examples:",
            "  gauntlet evaluate model.safetensors --dataset mnist --epsilon 0.1,0.2",
            "  gauntlet evaluate model.onnx --mean 0.1307 --std 0.3081",
            "  gauntlet evaluate model.onnx --data pictures --resize 256 --crop 224 --suite standard",
            "  gauntlet evaluate model.safetensors --attack fgsm --attack pgd:steps=100",
            "  gauntlet evaluate model.safetensors --attack pgd --norm l2 --target next",
            "  gauntlet evaluate http://localhost:8501/v1/models/m:predict --black-box --attack square --query-budget 100000",
            "  gauntlet evaluate --plan robustness.toml --out runs/nightly",
            "  gauntlet evaluate --plan runs/nightly/report.json"
        })
final class EvaluateCommand implements Callable<Integer> {
    @Mixin
    private ModelOptions model;

    @Option(
            names = PlanFile.OPTION,
            paramLabel = "FILE",
            description = {
                "Take what is evaluated from a plan in TOML, or from the report.json of an earlier run, which repeats it.",
                "Other options may say what the plan does not; a MODEL stands instead of the plan's.",
                "Default: none."
            })
    @SuppressWarnings("UnusedVariable") // it is replaced by what the plan says before this command is parsed
    private @Nullable Path plan;

    @Mixin
    private OwnDataOptions data;

    @Mixin
    private AttackOptions attack;

    @Mixin
    private LimitOptions limits;

    @Mixin
    private SeedOption seed;

    @Heading(Heading.Topic.OUTPUT)
    @Option(
            names = "--journal",
            paramLabel = "FOLDER",
            description = {
                "Keep in FOLDER what is finished; after an interruption the same command goes on where it stopped and gives the same report.",
                "Default: nothing is kept."
            })
    private @Nullable Path journal;

    @Heading(Heading.Topic.OUTPUT)
    @Option(
            names = "--adversarial",
            paramLabel = "FOLDER",
            description = {
                "Write the images with which the attacks succeeded, as PNG and NPZ, to a new folder.",
                "Default: only those that the report shows are kept."
            })
    private @Nullable Path adversarial;

    @Mixin
    private BaselineOption baseline;

    @Mixin
    private ReportOptions output;

    @Mixin
    private Console console;

    @Override
    public Integer call() {
        AttackRequest asked = attack.request(seed.value());
        attack.sayMerged(console);
        Limits until = limits.limits();
        ModelDescription description;
        try (ProgressView.Task task = console.task("reading the model file")) {
            description = model.describe(console);
        }
        Optional<String> obstacle =
                asked.blackBox() || !asked.needsLogitsOnly() ? Optional.empty() : model.obstacle(description);
        obstacle.ifPresent(
                reason -> console.warn(reason + "; the attacks need none, so it is attacked as with --black-box."));
        AttackRequest request = obstacle.isPresent() ? asked.asBlackBox() : asked;
        var runner = attack.runner();
        Path folder = output.folder("evaluate");
        Optional<RobustnessReport> older = baseline.read();
        Optional<AdversarialFolder> successes = Optional.ofNullable(adversarial)
                .map(place -> AdversarialFolder.at(place, Optional.ofNullable(journal)));
        Dataset given = ModelOptions.laidOut(data.test(console, description::shape), description);
        try (var interruption = Interruption.says(
                        console,
                        journal == null
                                ? "no report was written."
                                : "no report was written; the same command goes on where this one stopped.");
                Classifier opened = open(model.on(given, description, console), request.blackBox())) {
            // before what may be refused because of them
            EvaluationOutput.sayNotices(opened.card(), console);
            Dataset test = data.fitted(ModelOptions.laidOut(given, opened), opened);
            Evaluation.Opened evaluation =
                    fitting(request, opened).evaluation(test.classes()).open(ModelSource.of(opened));
            DatasetOptions.sayNotice(console, test.origin().notice());
            Optional<ImagesWhilePossible> images = successes.map(ImagesWhilePossible::new);
            RobustnessReport report = EvaluationOutput.evaluate(
                    evaluation,
                    test,
                    runner,
                    LimitOptions.left(until, console.elapsed()),
                    Optional.ofNullable(journal),
                    images,
                    console);
            SafePlace written;
            try (ProgressView.Task task = console.task("writing the report")) {
                written = interruption.write(() -> write(report, folder, older), "the report is complete.");
            }
            EvaluationOutput.print(report, written.file(), console);
            // first the numbers, then what may fail
            written.requireAsWanted();
            requireComparable(report, older, written);
            images.ifPresent(kept -> write(kept, report));
            successes.ifPresent(kept -> console.say("Adversarial images: %s", kept.place()));
        } finally {
            successes.ifPresent(AdversarialFolder::close);
        }
        return ExitCode.PASS.code();
    }

    /** A model may turn out to give no more than the predicted class. */
    private AttackRequest fitting(AttackRequest request, Classifier opened) {
        if (request.blackBox() || !opened.givesOnlyClasses() || !request.needsLogitsOnly()) {
            return request;
        }
        console.warn(
                "%s gives only the predicted class; the attacks need no more, so it is attacked as with --black-box."
                        .formatted(opened.card().name()));
        return request.asBlackBox();
    }

    private Classifier open(ModelSource source, boolean blackBox) {
        try (ProgressView.Task task = console.task("loading the model")) {
            return source.open(blackBox);
        }
    }

    private SafePlace write(RobustnessReport report, Path folder, Optional<RobustnessReport> older) {
        Optional<RobustnessReport> comparable =
                older.filter(other -> BaselineOption.obstacle(report, other).isEmpty());
        return SafePlace.write(
                folder, place -> ReportFolder.write(report, comparable, place, output.force(), staged -> {}));
    }

    private void write(ImagesWhilePossible images, RobustnessReport report) {
        try (ProgressView.Task task = console.task("writing the adversarial images")) {
            images.write(report);
        }
    }

    private static void requireComparable(
            RobustnessReport report, Optional<RobustnessReport> older, SafePlace written) {
        older.flatMap(other -> BaselineOption.obstacle(report, other)).ifPresent(reason -> {
            throw new GauntletException("%s The report %s was written without the comparison."
                    .formatted(reason, written.file().map(Path::toString).orElse("")));
        });
    }
}

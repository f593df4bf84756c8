package dev.gauntlet.cli;

import dev.gauntlet.GauntletException;
import dev.gauntlet.data.Dataset;
import dev.gauntlet.data.TrainTest;
import dev.gauntlet.evaluate.RobustnessReport;
import dev.gauntlet.model.Classifier;
import dev.gauntlet.report.AdversarialFolder;
import dev.gauntlet.report.ReportFolder;
import dev.gauntlet.report.plan.PlanDocument;
import dev.gauntlet.request.Access;
import dev.gauntlet.request.EvaluationRequest;
import dev.gauntlet.request.ModelRef;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Attacks a model from a file. */
@Command(
        name = "evaluate",
        description = "Attacks a model at increasing epsilon and writes a report.",
        footer = {
            "Examples:",
            "  gauntlet evaluate model.safetensors --dataset mnist --epsilon 0.1,0.2",
            "  gauntlet evaluate model.onnx --mean 0.1307 --std 0.3081",
            "  gauntlet evaluate model.onnx --data pictures --resize 256 --crop 224 --suite standard",
            "  gauntlet evaluate model.safetensors --attack fgsm --attack pgd:steps=100",
            "  gauntlet evaluate model.safetensors --attack pgd --norm l2 --target next",
            "  gauntlet evaluate model.onnx --suite standard --certify first",
            "  gauntlet evaluate http://localhost:8501/v1/models/m:predict --black-box --attack square --query-budget 100000",
            "  gauntlet evaluate --plan robustness.toml --out runs/nightly",
            "  gauntlet evaluate --plan runs/nightly/report.json"
        })
final class EvaluateCommand implements Callable<Integer> {
    @Mixin
    private ModelOptions model;

    @Option(
            names = Plans.OPTION,
            paramLabel = "FILE",
            description = {
                "Read the evaluation from a TOML plan, or repeat the run of a report.json.",
                "Other options can add what the plan omits; MODEL overrides the model of the plan.",
                "Default: none."
            })
    private @Nullable Path plan;

    @Mixin
    private OwnDataOptions data;

    @Mixin
    private AttackOptions attack;

    @Mixin
    private LimitOptions limits;

    @Mixin
    private SeedOption seed;

    @Mixin
    private JournalOption journal;

    @Heading(Heading.Topic.OUTPUT)
    @Option(
            names = "--adversarial",
            paramLabel = "FOLDER",
            description = {
                "Write the adversarial images as PNG and NPZ to a new directory.",
                "Default: only those of the report's gallery."
            })
    private @Nullable Path adversarial;

    @Heading(Heading.Topic.ATTACK)
    @Option(
            names = "--master",
            paramLabel = "ADDRESS",
            description = {
                "Evaluate on an Apache Spark cluster: spark://HOST:PORT, yarn, k8s://ADDRESS, or local[N] on N threads of this machine; never changes a result.",
                "Default: the master of spark-submit; otherwise this machine without Spark."
            })
    private @Nullable String master;

    @Mixin
    private BaselineOption baseline;

    @Mixin
    private ReportOptions output;

    @Mixin
    private Console console;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        PlanDocument asked = asked();
        Plans.sayRepeated(asked, console);
        EvaluationRequest request = asked.request();
        request.knownAttacks();
        request.knownCertifier();
        Optional<ModelOpening> opening = asked.training().isPresent()
                ? Optional.empty()
                : asked.model().map(section -> ModelOpening.of(section, console));
        Optional<String> obstacle = request.access() == Access.BLACK_BOX || !request.needsLogitsOnly()
                ? Optional.empty()
                : opening.flatMap(ModelOpening::obstacle);
        if (obstacle.isPresent()) {
            console.warn(obstacle.get() + "; the attacks need none, so it is attacked as with --black-box.");
            request = request.withAccess(Access.BLACK_BOX);
        }
        Path folder = output.folder("evaluate");
        Optional<RobustnessReport> older = baseline.read();
        Optional<AdversarialFolder> successes =
                Optional.ofNullable(adversarial).map(place -> AdversarialFolder.at(place, journal.folder()));
        try (var interruption = Interruption.says(console, journal.outcome("no report was written."));
                Opened opened = opening.isPresent() ? open(opening.get(), request) : trained(request)) {
            request = fitting(request, opened.model());
            Optional<ImagesWhilePossible> images = successes.map(ImagesWhilePossible::new);
            RobustnessReport report = EvaluationOutput.evaluate(
                            request, opened.model(), opened.test(), journal.folder(), images, cluster(), console)
                    .withTrainingSeconds(opened.trainingSeconds());
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

    /** Returns the cluster to evaluate on, if this is not to be done here. */
    private Optional<String> cluster() {
        // spark-submit says so to the program that it starts
        return Optional.ofNullable(master).or(() -> Optional.ofNullable(System.getProperty("spark.master")));
    }

    /** Puts together what the plan and the options say. */
    private PlanDocument asked() {
        PlanDocument options = limits.in(attack.in(data.in(model.in(PlanDocument.EMPTY)), seed));
        PlanDocument all = Plans.together(plan, options, key -> !key.startsWith("gate."), console);
        PlanDocument asked = model.named().map(all::withModel).orElse(all);
        boolean namesModel = asked.training().isPresent()
                || asked.model()
                        .filter(section -> section.file().isPresent()
                                || section.inProcess().isPresent())
                        .isPresent();
        if (!namesModel) {
            throw new ParameterException(spec.commandLine(), "Missing required parameter: 'MODEL'");
        }
        return asked;
    }

    /**
     * A model and the examples for it.
     *
     * @param trainingSeconds how long it was trained here; 0 if it was not
     */
    private record Opened(Classifier model, Dataset test, double trainingSeconds) implements AutoCloseable {
        @Override
        public void close() {
            model.close();
        }
    }

    private Opened open(ModelOpening opening, EvaluationRequest request) {
        Dataset given = opening.laidOut(data.opening(console).test(request.data(), opening.description()::shape));
        // before the model, which may take long to load
        request.data().requireSame(given.origin());
        Classifier opened;
        try (ProgressView.Task task = console.task("loading the model")) {
            opened = opening.on(given, request.access());
        }
        try {
            request.model().requireSame(opened.card());
            // before what may be refused because of them
            EvaluationOutput.sayNotices(opened.card(), console);
            Dataset test = DataOpening.fitted(ModelOpening.laidOut(given, opened), opened);
            EvaluationOutput.sayCrossChecks(opened.card(), console);
            DataOpening.sayNotice(console, test.origin().notice());
            return new Opened(opened, test, 0);
        } catch (RuntimeException e) {
            opened.close();
            throw e;
        }
    }

    /** Trains the network that a plan, such as the record of a demo, asks for. */
    private Opened trained(EvaluationRequest request) {
        ModelRef.Trained network = (ModelRef.Trained) request.model();
        TrainTest found = data.opening(console).trainTest(request.data());
        Training training = Training.run(network, request.sampling().seed(), found, console);
        return new Opened(training.model(), found.test(), training.seconds());
    }

    /** A model may turn out to give no more than the predicted class. */
    private EvaluationRequest fitting(EvaluationRequest request, Classifier opened) {
        if (request.access() == Access.BLACK_BOX || !opened.givesOnlyClasses() || !request.needsLogitsOnly()) {
            return request;
        }
        console.warn(
                "%s gives only the predicted class; the attacks need no more, so it is attacked as with --black-box."
                        .formatted(opened.card().name()));
        return request.withAccess(Access.BLACK_BOX);
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

package dev.gauntlet.cli;

import dev.gauntlet.GauntletException;
import dev.gauntlet.data.Dataset;
import dev.gauntlet.data.TrainTest;
import dev.gauntlet.evaluate.RobustnessReport;
import dev.gauntlet.model.Classifier;
import dev.gauntlet.report.plan.PlanDocument;
import dev.gauntlet.request.Access;
import dev.gauntlet.request.EvaluationRequest;
import dev.gauntlet.threat.Norm;
import dev.gauntlet.torch.NetworkClassifier;
import dev.gauntlet.torch.Trainer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Trains a model further against an adversary, and evaluates it before and after. */
@Command(
        name = "defend",
        description = {
            "Trains a model further so that it is harder to attack, and writes a report of the model before and after: the same attacks on the same images.",
            "The training is against the largest value of --epsilon, which is required. The weights are in the directory of the report."
        },
        footer = {
            "Examples:",
            "  gauntlet defend model.safetensors --epsilon 0.1",
            "  gauntlet defend weights.pt --network mlp:784-300-10 --defend trades:beta=6 --epsilon 0.05,0.1 --suite standard"
        })
final class DefendCommand implements Callable<Integer> {
    private static final String DEFAULT_ATTACK = "pgd";
    private static final int DEFAULT_EXAMPLES = 1000;

    /** The weights of the last epoch, next to the best in {@link ReportOptions#WEIGHTS}. */
    static final String LAST = "model-last.safetensors";

    @Mixin
    private ModelOptions model;

    @Mixin
    private DatasetOptions data;

    @Mixin
    private DefenseOptions defense;

    @Mixin
    private StepOptions steps;

    @Mixin
    private AttackOptions attack;

    @Mixin
    private SeedOption seed;

    @Mixin
    private JournalOption journal;

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
        double epsilon = epsilon(asked, request);
        // refused before anything is read
        trainer(Trainer.defaults().learningRate(), epsilon);
        ModelOpening opening =
                asked.model().map(section -> ModelOpening.of(section, console)).orElseThrow();
        Path folder = output.folder("defend");
        CheckpointFiles checkpoints = journal.folder()
                .map(CheckpointFiles::in)
                .orElseGet(() ->
                        CheckpointFiles.unused(folder.resolveSibling(folder.getFileName() + "-training.safetensors")));
        try (var interruption = Interruption.says(console, journal.outcome("no report was written."))) {
            TrainTest found = data.opening(console).trainTest(request.data());
            try (Classifier opened = open(opening, found.test())) {
                NetworkClassifier network = trainable(opened, opening);
                DataOpening.say(console, found);
                TrainTest fitted = new TrainTest(
                        DataOpening.fitted(found.train(), network), DataOpening.fitted(found.test(), network));
                console.say("Before the training:");
                RobustnessReport before = evaluate(request, network, fitted.test(), "before");
                EvaluationOutput.printAccuracies(before, console);
                console.say("");
                Training trained = Training.further(
                        trainer(rate(network), epsilon),
                        network,
                        fitted,
                        console,
                        checkpoint -> interruption.write(
                                () -> {
                                    checkpoints.keep(checkpoint, console);
                                    return checkpoint.epoch();
                                },
                                () -> journal.outcome(checkpoints.outcome())));
                try (NetworkClassifier better = trained.model()) {
                    Training.sayKept(better, console);
                    RobustnessReport after = evaluate(
                                    request.withModel(ReportOptions.weights(folder)), better, fitted.test(), "after")
                            .withTrainingSeconds(trained.seconds());
                    BeforeAndAfter both = new BeforeAndAfter(before, after);
                    SafePlace written = interruption.write(
                            () -> both.write(folder, output.force(), staged -> {
                                better.save(staged.resolve(ReportOptions.WEIGHTS));
                                if (Files.exists(checkpoints.last())) {
                                    Files.copy(checkpoints.last(), staged.resolve(LAST));
                                }
                            }),
                            () -> "the report is complete.");
                    both.print("Before and after the training", written.file(), console);
                    written.file()
                            .ifPresent(
                                    file -> console.say("%nWeights: %s", file.resolveSibling(ReportOptions.WEIGHTS)));
                    if (written.file().isPresent() && journal.folder().isEmpty()) {
                        checkpoints.delete();
                    }
                    written.requireAsWanted();
                }
            }
        }
        return ExitCode.PASS.code();
    }

    /** Puts together what the options say, and the defaults of this command. */
    private PlanDocument asked() {
        PlanDocument options = attack.in(data.in(model.in(PlanDocument.EMPTY)), seed);
        PlanDocument named = model.named()
                .map(options::withModel)
                .orElseThrow(() -> new ParameterException(spec.commandLine(), "Missing required parameter: 'MODEL'"));
        return AttackOptions.orElse(named, DEFAULT_EXAMPLES, DEFAULT_ATTACK);
    }

    /** Returns the budget of the training. */
    private static double epsilon(PlanDocument asked, EvaluationRequest request) {
        if (request.threat().norm() != Norm.LINF) {
            throw new GauntletException("The training is against changes in linf only, got --norm %s; omit it."
                    .formatted(request.threat().norm().id()));
        }
        return asked.threat()
                .flatMap(PlanDocument.Adversary::epsilons)
                .flatMap(list -> list.stream().max(Double::compare))
                .filter(largest -> largest > 0)
                .orElseThrow(
                        () -> new GauntletException(
                                "--epsilon is missing: the largest change of a pixel against which the model is trained, such as --epsilon 0.1."));
    }

    private double rate(NetworkClassifier network) {
        return defense.learningRate(network.network());
    }

    private Trainer trainer(double usualRate, double epsilon) {
        Trainer trainer = defense.applied(
                steps.trainer(seed.value(), usualRate),
                defense.hasAdversary() ? OptionalDouble.of(epsilon) : OptionalDouble.empty());
        return journal.folder().map(trainer::withJournal).orElse(trainer);
    }

    private Classifier open(ModelOpening opening, Dataset test) {
        Classifier opened;
        try (ProgressView.Task task = console.task("loading the model")) {
            opened = opening.on(test, Access.WHITE_BOX);
        }
        EvaluationOutput.sayNotices(opened.card(), console);
        return opened;
    }

    private static NetworkClassifier trainable(Classifier opened, ModelOpening opening) {
        if (opened instanceof NetworkClassifier network) {
            return network;
        }
        throw new GauntletException(
                "%s is %s, which Gauntlet can attack but not train; save the weights in the program that made it, as a state dictionary (.pt) or .safetensors, and name the architecture with --network."
                        .formatted(opening.name(), opening.description().format()));
    }

    /** Evaluates; with a journal, in a folder of its own there. */
    private RobustnessReport evaluate(EvaluationRequest request, Classifier evaluated, Dataset test, String when) {
        return EvaluationOutput.evaluate(
                request,
                evaluated,
                test,
                journal.folder().map(kept -> kept.resolve(when)),
                Optional.empty(),
                Optional.empty(),
                console);
    }
}

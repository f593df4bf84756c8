package dev.gauntlet.cli;

import dev.gauntlet.GauntletException;
import dev.gauntlet.data.TrainTest;
import dev.gauntlet.model.TrainingHistory;
import dev.gauntlet.threat.LpBall;
import dev.gauntlet.torch.Network;
import dev.gauntlet.torch.NetworkClassifier;
import dev.gauntlet.torch.Trainer;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Trains a network and writes its weights. */
@Command(
        name = "train",
        description = "Trains a network and writes its weights for 'gauntlet evaluate'.",
        footer = {
            "Examples:",
            "  gauntlet train --network lenet --epochs 3 --out lenet.safetensors",
            "  gauntlet train --network wong --defend fast --epsilon 0.3 --epochs 10"
        })
final class TrainCommand implements Callable<Integer> {
    @Mixin
    private DatasetOptions data;

    @Mixin
    private TrainingOptions training;

    @Mixin
    private DefenseOptions defense;

    @Heading(Heading.Topic.TRAINING)
    @Option(
            names = {"-e", "--epsilon"},
            paramLabel = "E",
            description = {
                "The largest change of a pixel against which --defend trains, where black is 0 and white is 1; a fraction such as 8/255 is allowed.",
                "Default: none; required by --defend, except for noise."
            })
    private @Nullable String epsilon;

    @Mixin
    private SeedOption seed;

    @Mixin
    private JournalOption journal;

    @Mixin
    private Console console;

    @Heading(Heading.Topic.OUTPUT)
    @Option(
            names = {"-o", "--out"},
            paramLabel = "FILE",
            defaultValue = "model.safetensors",
            description = {"The file for the weights.", "Default: ${DEFAULT-VALUE}"})
    private Path out;

    @Heading(Heading.Topic.OUTPUT)
    @Option(names = "--force", description = "Replace the file if it exists.")
    private boolean force;

    @Override
    public Integer call() {
        Network network = training.network();
        Trainer plain = trainer(network);
        Trainer trainer = journal.folder().map(plain::withJournal).orElse(plain);
        boolean watched = Training.isWatched(trainer);
        requireWritable(out);
        CheckpointFiles results = new CheckpointFiles(out);
        if (watched) {
            requireWritable(results.last());
        }
        CheckpointFiles checkpoints = journal.folder().map(CheckpointFiles::in).orElse(results);
        try (var interruption = Interruption.says(console, journal.outcome("no weights were written."))) {
            TrainTest found = data.opening(console).trainTest(data.reference());
            Training trained = Training.run(
                    trainer,
                    network,
                    found,
                    console,
                    checkpoint -> interruption.write(
                            () -> {
                                checkpoints.keep(checkpoint, console);
                                return checkpoint.epoch();
                            },
                            () -> journal.outcome(checkpoints.outcome())));
            try (NetworkClassifier model = trained.model()) {
                SafePlace written = interruption.write(
                        () -> {
                            SafePlace kept = SafePlace.write(out, file -> CheckpointFiles.save(model, file));
                            if (watched && journal.folder().isPresent()) {
                                checkpoints.copyLast(results.last(), console);
                            }
                            return kept;
                        },
                        "the weights are complete.");
                Training.sayKept(model, console);
                written.file()
                        .ifPresent(file -> console.say(
                                "%nWeights: %s%s",
                                file, watched ? " (the last epoch: %s)".formatted(results.last()) : ""));
                TrainingHistory history = model.card().training().orElseThrow();
                console.result(new Summary(
                        written.file().map(Path::toString),
                        watched ? Optional.of(results.last().toString()) : Optional.empty(),
                        model.card().sha256().orElseThrow(),
                        history.epochs(),
                        history.defense()));
                written.requireAsWanted();
            }
        }
        return ExitCode.PASS.code();
    }

    private Trainer trainer(Network network) {
        OptionalDouble budget = epsilon == null ? OptionalDouble.empty() : OptionalDouble.of(parsed(epsilon));
        if (!defense.isGiven()) {
            if (budget.isPresent()) {
                throw DefenseOptions.epsilonWithoutObjective();
            }
            return defense.modified(training.trainer(seed.value()));
        }
        return defense.applied(training.trainer(seed.value(), defense.learningRate(network)), budget);
    }

    private static double parsed(String text) {
        try {
            return LpBall.parseEpsilon(text);
        } catch (GauntletException e) {
            throw new GauntletException("In --epsilon, " + e.getMessage(), e);
        }
    }

    /** Checks the output file before the training. */
    private void requireWritable(Path file) {
        if (!file.toString().endsWith(".safetensors")) {
            throw new GauntletException(
                    "The weights are written as safetensors; the file name '%s' must end with .safetensors."
                            .formatted(file));
        }
        new OutputFile(file, "--out").requireWritable(force);
    }

    /** The JSON output. */
    private record Summary(
            Optional<String> model,
            Optional<String> last,
            String sha256,
            List<TrainingHistory.Epoch> epochs,
            Optional<TrainingHistory.Defense> defense) {}
}

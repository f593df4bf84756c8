package dev.gauntlet.cli;

import dev.gauntlet.GauntletException;
import dev.gauntlet.StorageException;
import dev.gauntlet.data.TrainTest;
import dev.gauntlet.model.TrainingHistory;
import dev.gauntlet.torch.Network;
import dev.gauntlet.torch.NetworkClassifier;
import dev.gauntlet.torch.Trainer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Trains a network and writes its weights. */
@Command(
        name = "train",
        description = "Trains a network and writes its weights for 'gauntlet evaluate'.",
        footer = "Example: gauntlet train --network lenet --epochs 3 --out lenet.safetensors")
final class TrainCommand implements Callable<Integer> {
    @Mixin
    private DatasetOptions data;

    @Mixin
    private TrainingOptions training;

    @Mixin
    private SeedOption seed;

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
        Trainer trainer = training.trainer(seed.value());
        requireWritable();
        try (var interruption = Interruption.says(console, "no weights were written.")) {
            TrainTest found = data.opening(console).trainTest(data.reference());
            Training trained = Training.run(trainer, network, found, console);
            try (NetworkClassifier model = trained.model()) {
                SafePlace written = interruption.write(
                        () -> SafePlace.write(out, file -> save(model, file)), "the weights are complete.");
                written.file().ifPresent(file -> console.say("%nWeights: %s", file));
                console.result(new Summary(
                        written.file().map(Path::toString),
                        model.card().sha256().orElseThrow(),
                        model.card().training().map(TrainingHistory::epochs).orElseThrow()));
                written.requireAsWanted();
            }
        }
        return ExitCode.PASS.code();
    }

    private Path save(NetworkClassifier model, Path file) {
        try {
            model.save(file);
            return file;
        } catch (IOException e) {
            throw cannotBeWritten(e);
        }
    }

    /** Checks the output file before the training. */
    private void requireWritable() {
        if (!out.toString().endsWith(".safetensors")) {
            throw new GauntletException(
                    "The weights are written as safetensors; the file name '%s' must end with .safetensors."
                            .formatted(out));
        }
        if (Files.isDirectory(out)) {
            throw new GauntletException("%s is a directory; choose another file with --out.".formatted(out));
        }
        if (Files.exists(out, LinkOption.NOFOLLOW_LINKS) && !force) {
            throw new GauntletException(
                    "%s already exists; choose another file with --out, or replace it with --force.".formatted(out));
        }
        Path folder = out.toAbsolutePath().getParent();
        while (folder != null && Files.notExists(folder, LinkOption.NOFOLLOW_LINKS)) {
            folder = folder.getParent();
        }
        if (folder == null || !Files.isDirectory(folder)) {
            throw new GauntletException("%s cannot be written: %s is not a directory; choose another file with --out."
                    .formatted(out, folder));
        }
        try {
            // a check of the permission is not enough: the file system may be mounted read-only
            Files.delete(Files.createTempFile(folder, ".gauntlet-", ".tmp"));
        } catch (IOException e) {
            throw cannotBeWritten(e);
        }
    }

    private GauntletException cannotBeWritten(IOException e) {
        return StorageException.of("%s cannot be written".formatted(out), out, e);
    }

    /** The JSON output. */
    private record Summary(Optional<String> model, String sha256, List<TrainingHistory.Epoch> epochs) {}
}

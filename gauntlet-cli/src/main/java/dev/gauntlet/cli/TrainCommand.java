package dev.gauntlet.cli;

import dev.gauntlet.GauntletException;
import dev.gauntlet.data.TrainTest;
import dev.gauntlet.model.TrainingHistory;
import dev.gauntlet.torch.Network;
import dev.gauntlet.torch.NetworkClassifier;
import dev.gauntlet.torch.Trainer;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Trains a network and keeps its weights. */
@Command(
        name = "train",
        description = "Trains a network and writes its weights, which 'gauntlet evaluate' takes.",
        footer = "Example: gauntlet train --network lenet --epochs 3 --out lenet.safetensors")
final class TrainCommand implements Callable<Integer> {
    @Mixin
    private DataOptions data;

    @Mixin
    private TrainingOptions training;

    @Mixin
    private SeedOption seed;

    @Mixin
    private Console console;

    @Option(
            names = {"-o", "--out"},
            paramLabel = "FILE",
            defaultValue = "model.safetensors",
            description = {"The file for the weights.", "Default: ${DEFAULT-VALUE}"})
    private Path out;

    @Option(names = "--force", description = "Replace the file if it exists.")
    private boolean force;

    @Override
    public Integer call() {
        Network network = training.network();
        Trainer trainer = training.trainer(seed.value());
        requireWritable();
        try (var interruption = Interruption.says(console, "no weights were written.")) {
            TrainTest found = data.trainTest(console);
            Training trained = Training.run(trainer, network, found, console);
            try (NetworkClassifier model = trained.model()) {
                interruption.write(() -> save(model), "the weights are complete.");
                console.say("%nWeights: %s", out);
                console.result(new Summary(
                        out.toString(),
                        model.card().sha256(),
                        model.card().training().map(TrainingHistory::epochs).orElseThrow()));
            }
        }
        return ExitCode.PASS.code();
    }

    private Path save(NetworkClassifier model) {
        try {
            model.save(out);
            return out;
        } catch (IOException e) {
            throw cannotBeWritten(e);
        }
    }

    /** Refuses before the long work what would fail after it. */
    private void requireWritable() {
        if (!out.toString().endsWith(".safetensors")) {
            throw new GauntletException(
                    "The weights are written as safetensors; end the file name '%s' with .safetensors.".formatted(out));
        }
        if (Files.isDirectory(out)) {
            throw new GauntletException("%s is a folder; choose another name with --out.".formatted(out));
        }
        if (Files.exists(out, LinkOption.NOFOLLOW_LINKS) && !force) {
            throw new GauntletException(
                    "%s exists; choose another name with --out, or replace it with --force.".formatted(out));
        }
        Path folder = out.toAbsolutePath().getParent();
        while (folder != null && Files.notExists(folder, LinkOption.NOFOLLOW_LINKS)) {
            folder = folder.getParent();
        }
        if (folder == null || !Files.isDirectory(folder)) {
            throw new GauntletException(
                    "%s cannot be written: %s is no folder; choose another place with --out.".formatted(out, folder));
        }
        try {
            // asking for the permission is not enough: a file system may be mounted read-only
            Files.delete(Files.createTempFile(folder, ".gauntlet-", ".tmp"));
        } catch (IOException e) {
            throw cannotBeWritten(e);
        }
    }

    private GauntletException cannotBeWritten(IOException e) {
        return new GauntletException(
                "%s cannot be written: %s; free some space or choose another place with --out."
                        .formatted(out, reason(e)),
                e);
    }

    private static String reason(IOException e) {
        if (e instanceof AccessDeniedException) {
            return "permission denied";
        }
        String reason = e instanceof FileSystemException failure ? failure.getReason() : e.getMessage();
        return reason == null || reason.isBlank() ? e.getClass().getSimpleName() : reason;
    }

    /** What {@code --json} prints. */
    private record Summary(String model, String sha256, List<TrainingHistory.Epoch> epochs) {}
}

package dev.gauntlet.cli;

import dev.gauntlet.GauntletException;
import dev.gauntlet.data.TrainTest;
import dev.gauntlet.model.TrainingHistory;
import dev.gauntlet.torch.Network;
import dev.gauntlet.torch.NetworkClassifier;
import dev.gauntlet.torch.Trainer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Trains a network and keeps its weights. */
@Command(name = "train", description = "Trains a network and writes its weights as safetensors.")
final class TrainCommand implements Callable<Integer> {
    @Mixin
    private DataOptions data;

    @Mixin
    private TrainingOptions training;

    @Mixin
    private Console console;

    @Option(
            names = {"-o", "--out"},
            paramLabel = "FILE",
            defaultValue = "model.safetensors",
            description = "The file for the weights. Default: ${DEFAULT-VALUE}")
    private Path out;

    @Option(names = "--force", description = "Replace the file if it exists.")
    private boolean force;

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
        requireWritable();
        try (var interruption = Interruption.says(spec.commandLine().getErr(), "no weights were written.")) {
            TrainTest found = data.trainTest(console);
            DataOptions.sayNotice(console, found.train().origin().notice());
            Training trained = Training.run(trainer, network, found, console);
            try (NetworkClassifier model = trained.model()) {
                model.save(out);
                console.say("%nWeights: %s", out);
                console.result(new Summary(
                        out.toString(),
                        model.card().sha256(),
                        model.card().training().map(TrainingHistory::epochs).orElseThrow()));
            } catch (IOException e) {
                throw new GauntletException(
                        "The weights could not be written to %s: %s.".formatted(out, e.getMessage()), e);
            }
        }
        return ExitCode.PASS.code();
    }

    /** Refuses before the long work what would fail after it. */
    private void requireWritable() {
        if (!out.toString().endsWith(".safetensors")) {
            throw new GauntletException(
                    "The weights are written as safetensors; end the file name '%s' with .safetensors.".formatted(out));
        }
        if (Files.exists(out) && !force) {
            throw new GauntletException(
                    "%s exists; choose another name with --out, or replace it with --force.".formatted(out));
        }
        Path folder = out.toAbsolutePath().getParent();
        while (folder != null && Files.notExists(folder)) {
            folder = folder.getParent();
        }
        if (folder == null || !Files.isDirectory(folder) || !Files.isWritable(folder)) {
            throw new GauntletException(
                    "%s cannot be written: %s is not a folder that you may write to.".formatted(out, folder));
        }
    }

    /** What {@code --json} prints. */
    private record Summary(String model, String sha256, List<TrainingHistory.Epoch> epochs) {}
}

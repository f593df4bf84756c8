package dev.gauntlet.cli;

import dev.gauntlet.GauntletException;
import dev.gauntlet.model.InputSpec;
import dev.gauntlet.report.ReportFolder;
import dev.gauntlet.request.ModelRef;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options of the report's directory. */
@Heading(Heading.Topic.OUTPUT)
final class ReportOptions {
    /** The weights of a trained network, next to its report. */
    static final String WEIGHTS = "model.safetensors";

    private static final Path RUNS = Path.of("runs");

    private static final int MOST_RUNS = 10_000;

    @Option(
            names = {"-o", "--out"},
            paramLabel = "DIR",
            description = {
                "The directory of the report.",
                "Default: the first unused one of runs/${COMMAND-NAME}, runs/${COMMAND-NAME}-2, ..."
            })
    private @Nullable Path out;

    @Option(names = "--force", description = "Replace the report in the directory.")
    private boolean force;

    /** Chooses the directory and checks before any long work that a report can be written there. */
    Path folder(String name) {
        Path folder = out == null ? free(name) : out;
        ReportFolder.requireWritable(folder, force);
        return folder;
    }

    /** Tells whether the user chose the directory. */
    boolean named() {
        return out != null;
    }

    boolean force() {
        return force;
    }

    private static Path free(String name) {
        for (int number = 1; number <= MOST_RUNS; number++) {
            Path folder = RUNS.resolve(number == 1 ? name : name + "-" + number);
            if (Files.notExists(folder)) {
                return folder;
            }
        }
        throw new GauntletException("%s contains too many reports; choose a directory with --out.".formatted(RUNS));
    }

    /** Returns the reference to the weights in the directory of a report. */
    static ModelRef weights(Path folder) {
        return new ModelRef.File(folder.resolve(WEIGHTS).toString(), Optional.empty(), InputSpec.RAW, Optional.empty());
    }
}

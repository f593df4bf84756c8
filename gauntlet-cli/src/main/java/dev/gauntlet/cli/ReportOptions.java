package dev.gauntlet.cli;

import dev.gauntlet.GauntletException;
import dev.gauntlet.report.ReportFolder;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Where a report goes. */
@Heading(Heading.Topic.OUTPUT)
final class ReportOptions {
    /** The weights of the demo, beside its report. */
    static final String WEIGHTS = "model.safetensors";

    private static final Path RUNS = Path.of("runs");

    private static final int MOST_RUNS = 10_000;

    @Option(
            names = {"-o", "--out"},
            paramLabel = "DIR",
            description = {
                "The folder of the report.",
                "Default: the first free of runs/${COMMAND-NAME}, runs/${COMMAND-NAME}-2, ..."
            })
    private @Nullable Path out;

    @Option(names = "--force", description = "Replace the report that is in the folder.")
    private boolean force;

    /** Chooses the folder and makes sure, before any long work, that a report can be written there. */
    Path folder(String name) {
        Path folder = out == null ? free(name) : out;
        ReportFolder.requireWritable(folder, force);
        return folder;
    }

    /** Tells whether the place was named, and not left to be chosen. */
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
        throw new GauntletException("%s is full of reports; name a folder with --out.".formatted(RUNS));
    }
}

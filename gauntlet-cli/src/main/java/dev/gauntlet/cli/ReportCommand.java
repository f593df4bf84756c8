package dev.gauntlet.cli;

import dev.gauntlet.evaluate.RobustnessReport;
import dev.gauntlet.report.ReportFolder;
import dev.gauntlet.report.ReportJson;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Renders a record again. */
@Command(
        name = "report",
        description = {
            "Renders the page again from the report.json of an earlier run.",
            "With --junit, --sarif, --markdown or --csv it writes these files, and the page only if --out says where."
        },
        footer = {
            "Examples:",
            "  gauntlet report runs/demo --out again",
            "  gauntlet report runs/demo --csv outcomes.csv"
        })
final class ReportCommand implements Callable<Integer> {
    @Parameters(paramLabel = "REPORT", description = "The folder of a report, or the report.json in it.")
    private Path source;

    @Mixin
    private BaselineOption baseline;

    @Mixin
    private ReportOptions output;

    @Mixin
    private MachineFiles files;

    @Mixin
    private Console console;

    @Override
    public Integer call() {
        if (files.wanted() && !output.named()) {
            files.write(ReportJson.read(source), Optional.empty(), console);
            return ExitCode.PASS.code();
        }
        Path folder = output.folder("report");
        RobustnessReport report = ReportJson.read(source);
        files.write(report, Optional.empty(), console);
        Path page;
        try (var interruption = Interruption.says(console, "no report was written.")) {
            page = interruption.write(
                    () -> ReportFolder.write(
                            report, baseline.read(), folder, output.force(), staged -> keepWeights(folder, staged)),
                    "the report is complete.");
        }
        console.say("Report: %s", page);
        console.result(Map.of("report", page.toString()));
        return ExitCode.PASS.code();
    }

    /** A report that is rendered again in its own place keeps the weights that lie beside it. */
    private void keepWeights(Path folder, Path staged) throws IOException {
        Path weights = folder.resolve(ReportOptions.WEIGHTS);
        Path home = Files.isDirectory(source) ? source : source.toAbsolutePath().getParent();
        if (home != null && Files.isRegularFile(weights) && Files.isSameFile(home, folder)) {
            Files.copy(weights, staged.resolve(ReportOptions.WEIGHTS));
        }
    }
}

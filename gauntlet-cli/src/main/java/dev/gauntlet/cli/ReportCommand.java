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

/** Renders a report from its record. */
@Command(
        name = "report",
        description = {
            "Renders the page of an earlier run from its report.json.",
            "With --junit, --sarif, --markdown or --csv, writes these files, and the page only with --out."
        },
        footer = {
            "Examples:",
            "  gauntlet report runs/demo --out again",
            "  gauntlet report runs/demo --csv outcomes.csv"
        })
final class ReportCommand implements Callable<Integer> {
    @Parameters(paramLabel = "REPORT", description = "The directory of a report, or its report.json.")
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

    /** Keeps the weights next to a report that is rendered in its own directory. */
    private void keepWeights(Path folder, Path staged) throws IOException {
        Path weights = folder.resolve(ReportOptions.WEIGHTS);
        Path home = Files.isDirectory(source) ? source : source.toAbsolutePath().getParent();
        if (home != null && Files.isRegularFile(weights) && Files.isSameFile(home, folder)) {
            Files.copy(weights, staged.resolve(ReportOptions.WEIGHTS));
        }
    }
}

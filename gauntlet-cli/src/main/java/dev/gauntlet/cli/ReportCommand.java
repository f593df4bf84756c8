package dev.gauntlet.cli;

import dev.gauntlet.evaluate.RobustnessReport;
import dev.gauntlet.report.ReportFolder;
import dev.gauntlet.report.ReportJson;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Renders a record again. */
@Command(name = "report", description = "Renders a report.json as a page again.")
final class ReportCommand implements Callable<Integer> {
    @Parameters(paramLabel = "JSON", description = "The report.json of an earlier run.")
    private Path file;

    @Mixin
    private ReportOptions output;

    @Mixin
    private Console console;

    @Override
    public Integer call() {
        Path folder = output.folder("report");
        RobustnessReport report = ReportJson.read(file);
        Path page = ReportFolder.write(report, folder, output.force());
        console.say("Report: %s", page);
        console.result(Map.of("report", page.toString()));
        return ExitCode.PASS.code();
    }
}

package dev.gauntlet.cli;

import dev.gauntlet.evaluate.RobustnessReport;
import dev.gauntlet.gate.Gate;
import dev.gauntlet.report.ReportFormat;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Files for other programs; existing files are replaced. */
@Heading(Heading.Topic.OUTPUT)
final class MachineFiles {
    @Option(
            names = "--junit",
            paramLabel = "FILE",
            description = "Write JUnit XML in Maven Surefire's format to FILE. Default: not written.")
    private @Nullable Path junit;

    @Option(names = "--sarif", paramLabel = "FILE", description = "Write SARIF 2.1.0 to FILE. Default: not written.")
    private @Nullable Path sarif;

    @Option(
            names = "--markdown",
            paramLabel = "FILE",
            description = "Write a summary in Markdown to FILE, such as $$GITHUB_STEP_SUMMARY. Default: not written.")
    private @Nullable Path markdown;

    @Option(
            names = "--csv",
            paramLabel = "FILE",
            description = "Write the outcome of every example as CSV to FILE. Default: not written.")
    private @Nullable Path csv;

    @Option(
            names = "--single-file",
            paramLabel = "FILE",
            description = "Write the page of the report as one self-contained HTML file to FILE. Default: not written.")
    private @Nullable Path singleFile;

    @Option(
            names = "--badge",
            paramLabel = "FILE",
            description =
                    "Write a badge as SVG to FILE: the verdict of a check, otherwise the robust accuracy. Default: not written.")
    private @Nullable Path badge;

    boolean wanted() {
        return !files().isEmpty();
    }

    /** Writes the requested files and prints their names. */
    void write(RobustnessReport report, Optional<Gate.Decision> decision, Console console) {
        files().forEach((format, file) -> {
            format.write(report, decision, file);
            console.say("Written: %s", file);
        });
    }

    private Map<ReportFormat, Path> files() {
        Map<ReportFormat, Path> files = new EnumMap<>(ReportFormat.class);
        put(files, ReportFormat.JUNIT, junit);
        put(files, ReportFormat.SARIF, sarif);
        put(files, ReportFormat.MARKDOWN, markdown);
        put(files, ReportFormat.HTML, singleFile);
        put(files, ReportFormat.CSV, csv);
        put(files, ReportFormat.BADGE, badge);
        return files;
    }

    private static void put(Map<ReportFormat, Path> files, ReportFormat format, @Nullable Path file) {
        if (file != null) {
            files.put(format, file);
        }
    }
}

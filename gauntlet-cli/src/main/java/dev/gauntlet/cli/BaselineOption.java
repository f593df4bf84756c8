package dev.gauntlet.cli;

import dev.gauntlet.GauntletException;
import dev.gauntlet.evaluate.RobustnessReport;
import dev.gauntlet.gate.Comparison;
import dev.gauntlet.report.ReportJson;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The baseline of a report. */
@Heading(Heading.Topic.OUTPUT)
final class BaselineOption {
    @Option(
            names = "--baseline",
            paramLabel = "REPORT",
            description =
                    "Add a comparison with this report, of an older or another model on the same data, to the page. Default: none.")
    private @Nullable Path baseline;

    /** Returns why a report cannot be compared with the baseline; empty if it can. */
    static Optional<String> obstacle(RobustnessReport report, RobustnessReport older) {
        try {
            Comparison.all(older, report);
            return Optional.empty();
        } catch (GauntletException e) {
            return Optional.of(String.valueOf(e.getMessage()));
        }
    }

    Optional<RobustnessReport> read() {
        return Optional.ofNullable(baseline).map(ReportJson::read);
    }
}

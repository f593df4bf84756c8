package dev.gauntlet.cli;

import dev.gauntlet.evaluate.RobustnessReport;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The report with which a page compares. */
final class BaselineOption {
    @Option(
            names = "--baseline",
            paramLabel = "REPORT",
            description =
                    "Compare on the page with this report, of an older or another model on the same data. Default: none.")
    private @Nullable Path baseline;

    Optional<RobustnessReport> read() {
        return Optional.ofNullable(baseline).map(CheckCommand::read);
    }
}

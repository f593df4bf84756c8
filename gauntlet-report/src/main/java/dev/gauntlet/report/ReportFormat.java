package dev.gauntlet.report;

import dev.gauntlet.AtomicFile;
import dev.gauntlet.GauntletException;
import dev.gauntlet.StorageException;
import dev.gauntlet.evaluate.RobustnessReport;
import dev.gauntlet.gate.Gate;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;

/**
 * The formats of a report for other programs, one self-contained file each.
 *
 * <p>Names of classes, models and files are foreign text: every format escapes them and replaces control characters, so that
 * they are never interpreted as markup or as a formula.
 *
 * <p>Example: {@code ReportFormat.JUNIT.write(report, Optional.of(gate.judge(report)), Path.of("gauntlet.xml"))}.
 */
public enum ReportFormat {
    /**
     * JUnit XML as Maven Surefire writes it: a test case for each requirement and each diagnostic.
     *
     * <p>A missed requirement is a failure, an inconclusive one an error. A raised diagnostic is a failure
     * without a decision and skipped with one, because then the gate decides whether it is forbidden.
     */
    JUNIT {
        @Override
        public String render(RobustnessReport report, Optional<Gate.Decision> decision) {
            return JUnitXml.of(report, decision);
        }
    },
    /** SARIF 2.1.0: a result for each requirement that is not met and each raised diagnostic. */
    SARIF {
        @Override
        public String render(RobustnessReport report, Optional<Gate.Decision> decision) {
            return Sarif.of(report, decision);
        }
    },
    /** A summary in GitHub's Markdown, such as for {@code $GITHUB_STEP_SUMMARY}. */
    MARKDOWN {
        @Override
        public String render(RobustnessReport report, Optional<Gate.Decision> decision) {
            return Markdown.of(report, decision);
        }
    },
    /** The whole page as one file, for attachments; without the decision. */
    HTML {
        @Override
        public String render(RobustnessReport report, Optional<Gate.Decision> decision) {
            return SinglePage.of(report);
        }
    },
    /** The outcomes as CSV (RFC 4180), a row for each example; without the decision. */
    CSV {
        @Override
        public String render(RobustnessReport report, Optional<Gate.Decision> decision) {
            return OutcomesCsv.of(report);
        }
    },
    /** A badge as SVG: the verdict of the decision, or without one the robust accuracy at the budget in focus. */
    BADGE {
        @Override
        public String render(RobustnessReport report, Optional<Gate.Decision> decision) {
            return Badge.of(report, decision);
        }
    };

    /**
     * Renders a report.
     *
     * @param report the report
     * @param decision the decision of a gate on it, if any
     * @return the whole file as text
     */
    public abstract String render(RobustnessReport report, Optional<Gate.Decision> decision);

    /**
     * Writes a report to a file, completely or not at all; an existing file is replaced.
     *
     * @param report the report
     * @param decision the decision of a gate on it, if any
     * @param file the file; missing parent folders are created
     * @throws GauntletException if the file cannot be written
     */
    public void write(RobustnessReport report, Optional<Gate.Decision> decision, Path file) {
        byte[] bytes = render(report, decision).getBytes(StandardCharsets.UTF_8);
        try {
            Path folder = file.toAbsolutePath().getParent();
            if (folder != null) {
                Files.createDirectories(folder);
            }
            AtomicFile.write(file, out -> out.write(bytes));
        } catch (IOException e) {
            throw StorageException.of("%s cannot be written".formatted(Formats.plain(file.toString())), file, e);
        }
    }

    /**
     * Returns the name used on the command line.
     *
     * @return the name, such as {@code junit}
     */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}

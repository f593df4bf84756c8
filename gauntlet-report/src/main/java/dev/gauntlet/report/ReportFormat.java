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
 * The formats in which other programs read a report: one file each, with nothing in it that needs the others.
 *
 * <p>Names of classes, models and files come from elsewhere; in every format they are escaped, control characters are
 * replaced, and nothing of them is read as markup or as a formula.
 *
 * <p>Example: {@code ReportFormat.JUNIT.write(report, Optional.of(gate.judge(report)), Path.of("gauntlet.xml"))}.
 */
public enum ReportFormat {
    /**
     * JUnit XML as Maven Surefire writes it: a test case for each requirement and each diagnostic.
     *
     * <p>A missed requirement is a failure, an inconclusive one an error. A diagnostic that was raised is a failure if
     * there is no decision, and skipped if there is one, because then the gate says whether it is forbidden.
     */
    JUNIT {
        @Override
        String text(RobustnessReport report, Optional<Gate.Decision> decision) {
            return JUnitXml.of(report, decision);
        }
    },
    /** SARIF 2.1.0: a result for each requirement that is not met and each diagnostic that was raised. */
    SARIF {
        @Override
        String text(RobustnessReport report, Optional<Gate.Decision> decision) {
            return Sarif.of(report, decision);
        }
    },
    /** A summary in GitHub's Markdown, such as for {@code $GITHUB_STEP_SUMMARY}. */
    MARKDOWN {
        @Override
        String text(RobustnessReport report, Optional<Gate.Decision> decision) {
            return Markdown.of(report, decision);
        }
    },
    /** The whole page as one file, to be attached or mailed; without the decision. */
    HTML {
        @Override
        String text(RobustnessReport report, Optional<Gate.Decision> decision) {
            return SinglePage.of(report);
        }
    },
    /** The outcomes as CSV (RFC 4180), a row for each example; without the decision. */
    CSV {
        @Override
        String text(RobustnessReport report, Optional<Gate.Decision> decision) {
            return OutcomesCsv.of(report);
        }
    };

    abstract String text(RobustnessReport report, Optional<Gate.Decision> decision);

    /**
     * Renders a report.
     *
     * @param report the report
     * @param decision what a gate decided on it, if one was asked
     * @return the whole file as text
     * @throws GauntletException if the parts of the report contradict each other
     */
    public String render(RobustnessReport report, Optional<Gate.Decision> decision) {
        Consistency.require(report, "The report cannot be written");
        return text(report, decision);
    }

    /**
     * Writes a report to a file, completely or not at all, replacing one that is there.
     *
     * @param report the report
     * @param decision what a gate decided on it, if one was asked
     * @param file the file; folders above it are created where missing
     * @throws GauntletException if the parts of the report contradict each other, or the file cannot be written
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

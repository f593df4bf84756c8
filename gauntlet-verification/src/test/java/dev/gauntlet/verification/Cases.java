package dev.gauntlet.verification;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.gauntlet.cli.Gauntlet;
import dev.gauntlet.evaluate.RobustnessReport;
import dev.gauntlet.report.ReportJson;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Models and data as people brought them, tried as they would try them.
 *
 * <p>{@code GAUNTLET_CASES} names a folder with a folder for each case: small files, made by the script beside them, and the
 * value that is to come out.
 */
final class Cases {
    private Cases() {}

    /** Finds the folder of a case, and skips the test where there is none. */
    static Path folder(String name) {
        String cases = System.getenv("GAUNTLET_CASES");
        assumeTrue(cases != null, "skipped: GAUNTLET_CASES names no folder with cases");
        Path folder = Path.of(cases, name);
        assumeTrue(Files.isDirectory(folder), "skipped: there is no folder " + folder);
        return folder;
    }

    /** What a command said, and how it ended. */
    record Run(int exitCode, String out, String err) {
        String everything() {
            return out + err;
        }
    }

    /** Runs a command in this process. */
    static Run run(Path cache, String... arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        Map<String, String> environment = Map.of("XDG_CACHE_HOME", cache.toString(), "LOCALAPPDATA", cache.toString());
        int exitCode = Gauntlet.run(environment, new PrintWriter(out), new PrintWriter(err), arguments);
        return new Run(exitCode, out.toString(), err.toString());
    }

    /** Evaluates a model, which has to succeed, and returns the record. */
    static RobustnessReport evaluate(Path place, Path model, Path data, String... more) {
        Path report = place.resolve("report");
        List<String> arguments = new ArrayList<>(List.of(
                "evaluate", model.toString(), "--data", data.toString(), "--force", "--out", report.toString()));
        arguments.addAll(List.of(more));
        Run run = run(place, arguments.toArray(String[]::new));
        assertThat(run.exitCode()).as(run.everything()).isZero();
        return ReportJson.read(report.resolve("report.json"));
    }
}

package dev.gauntlet.report;

import dev.gauntlet.report.plan.PlanDocument;
import dev.gauntlet.report.plan.PlanFile;
import java.nio.file.Files;
import java.nio.file.Path;

/** Plans wherever they are: in a file that a person wrote, or in the record of a run, which they repeat. */
public final class RepeatablePlan {
    private RepeatablePlan() {}

    /**
     * Tells whether a file is the record of a run rather than a plan in TOML.
     *
     * @param file the file, or the folder of a report
     * @return whether it is
     */
    public static boolean isRecord(Path file) {
        return Files.isDirectory(file) || String.valueOf(file.getFileName()).endsWith(".json");
    }

    /**
     * Reads a plan.
     *
     * @param file a plan in TOML, or the record of a run, or the folder of its report
     * @return the plan; of a record, the one that gives it again
     * @throws dev.gauntlet.GauntletException if there is no such file, or it cannot be read
     */
    public static PlanDocument read(Path file) {
        return isRecord(file) ? PlanDocument.of(ReportJson.read(file).repeatableRequest()) : PlanFile.read(file);
    }
}

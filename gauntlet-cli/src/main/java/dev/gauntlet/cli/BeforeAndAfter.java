package dev.gauntlet.cli;

import dev.gauntlet.evaluate.RobustnessReport;
import dev.gauntlet.gate.Comparison;
import dev.gauntlet.model.TrainingHistory;
import dev.gauntlet.report.ReportFolder;
import dev.gauntlet.report.ReportJson;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Two evaluations with the same attacks on the same images: of a network, and of the one that was trained against an
 * adversary.
 *
 * @param before the first one
 * @param after the second one
 */
record BeforeAndAfter(RobustnessReport before, RobustnessReport after) {
    /** The record of the first evaluation, next to that of the second. */
    static final String BEFORE = "before.json";

    /** Writes one report of both. */
    SafePlace write(Path folder, boolean force, ReportFolder.Addition more) {
        return SafePlace.write(
                folder,
                place -> ReportFolder.write(after, Optional.of(before), place, force, staged -> {
                    Files.writeString(staged.resolve(BEFORE), ReportJson.toJson(before));
                    more.writeInto(staged);
                }));
    }

    /**
     * Prints the second evaluation, and what changed.
     *
     * @param title what is compared, without the number of images
     * @param page the page of the report, if it could be written
     */
    void print(String title, Optional<Path> page, Console console) {
        EvaluationOutput.say(after, page, console);
        List<Comparison> comparisons = Comparison.all(before, after);
        console.say("%n%s, on %,d images:%n", title, comparisons.get(0).examples());
        ComparisonView.print(comparisons, console);
        Optional<TrainingHistory> history = after.model().training();
        console.result(new Result(
                EvaluationOutput.summary(before, Optional.empty(), page.map(file -> file.resolveSibling(BEFORE))),
                EvaluationOutput.summary(after, page),
                comparisons,
                history.map(TrainingHistory::epochs).orElse(List.of()),
                history.flatMap(TrainingHistory::defense),
                page.map(file -> file.resolveSibling(ReportOptions.WEIGHTS).toString())));
    }

    /** The JSON output: both evaluations, what changed, the record of the training, and the file of the weights. */
    private record Result(
            EvaluationOutput.Summary before,
            EvaluationOutput.Summary after,
            List<Comparison> comparisons,
            List<TrainingHistory.Epoch> epochs,
            Optional<TrainingHistory.Defense> defense,
            Optional<String> weights) {}
}

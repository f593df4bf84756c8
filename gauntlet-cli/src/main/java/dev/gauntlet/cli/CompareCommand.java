package dev.gauntlet.cli;

import dev.gauntlet.Numbers;
import dev.gauntlet.diagnose.Trust;
import dev.gauntlet.evaluate.RobustnessReport;
import dev.gauntlet.gate.Comparison;
import dev.gauntlet.report.ReportJson;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Compares two runs example by example. */
@Command(
        name = "compare",
        description = {
            "Compares two evaluations on the same examples, budget by budget.",
            "The difference has a 95 %% interval (Bonett-Price), and McNemar's exact test shows whether it may be due to chance."
        },
        footer = "Example: gauntlet compare runs/before runs/after")
final class CompareCommand implements Callable<Integer> {
    private static final int SHOWN = 5;

    @Parameters(index = "0", paramLabel = "BEFORE", description = "The directory of a report, or its report.json.")
    private Path before;

    @Parameters(index = "1", paramLabel = "AFTER", description = "The report to compare with it.")
    private Path after;

    @Mixin
    private Console console;

    @Override
    public Integer call() {
        RobustnessReport first = ReportJson.read(before);
        RobustnessReport second = ReportJson.read(after);
        List<Comparison> comparisons = Comparison.all(first, second);
        console.say(
                "before: %s, %s, %s%nafter:  %s, %s, %s%n%,d examples of %s in common, %s%n",
                first.model().name(),
                first.plan().name(),
                trust(first),
                second.model().name(),
                second.plan().name(),
                trust(second),
                comparisons.get(0).examples(),
                first.data().name(),
                comparisons.get(0).ball().norm().title());
        ComparisonView.print(comparisons, console);
        for (Comparison comparison : comparisons) {
            printChanged(comparison, "lost", comparison.lost());
            printChanged(comparison, "gained", comparison.gained());
        }
        console.result(new Result(
                new Side(first.model().name(), first.plan().name(), first.trust()),
                new Side(second.model().name(), second.plan().name(), second.trust()),
                comparisons));
        return ExitCode.PASS.code();
    }

    private static String trust(RobustnessReport report) {
        return report.trust().toString().toUpperCase(Locale.ROOT);
    }

    /** The JSON output. */
    private record Result(Side before, Side after, List<Comparison> comparisons) {}

    /** One of the two evaluations, and its trust level. */
    private record Side(String model, String plan, Trust trust) {}

    private void printChanged(Comparison comparison, String what, int[] ids) {
        if (ids.length > 0) {
            console.say(
                    "%s at %s: %s%s",
                    what,
                    Numbers.rounded(comparison.ball().epsilon()),
                    Arrays.stream(ids).limit(SHOWN).mapToObj(Integer::toString).collect(Collectors.joining(", ")),
                    ids.length > SHOWN ? ", ... (all with --json)" : "");
        }
    }
}

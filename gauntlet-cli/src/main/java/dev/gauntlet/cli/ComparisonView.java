package dev.gauntlet.cli;

import dev.gauntlet.Numbers;
import dev.gauntlet.evaluate.Interval;
import dev.gauntlet.gate.Comparison;
import java.util.List;

/** Prints a comparison of two evaluations on the same examples. */
final class ComparisonView {
    private ComparisonView() {}

    static void print(List<Comparison> comparisons, Console console) {
        console.say("epsilon     before      after   difference   95 %% interval         lost   gained   McNemar p");
        for (Comparison comparison : comparisons) {
            console.say(
                    "%-7s   %6.2f %%   %6.2f %%     %+6.2f %%   %+6.2f to %+6.2f %%   %6s   %6s   %9.2g",
                    Numbers.rounded(comparison.ball().epsilon()),
                    percent(comparison.before()),
                    percent(comparison.after()),
                    100 * comparison.difference(),
                    100 * comparison.lower(),
                    100 * comparison.upper(),
                    "%,d".formatted(comparison.lost().length),
                    "%,d".formatted(comparison.gained().length),
                    comparison.probability());
        }
    }

    private static double percent(Interval rate) {
        return 100 * rate.rate();
    }
}

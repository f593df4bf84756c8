package dev.gauntlet.evaluate;

import dev.gauntlet.diagnose.Diagnostic;
import dev.gauntlet.diagnose.Indicator;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/** What the results themselves say about how far they can be believed. */
final class Evidence {
    private static final double MOST_ZERO_GRADIENTS = 0.05;
    private static final double MOST_LOST = 0.01;

    private Evidence() {}

    static List<Diagnostic> of(List<RobustnessReport.AttackRecord> attacks, List<EpsilonResult> results, int examples) {
        return List.of(zeroGradients(attacks, examples), lessWithMore(results, examples));
    }

    private static Diagnostic zeroGradients(List<RobustnessReport.AttackRecord> attacks, int examples) {
        if (attacks.stream().allMatch(attack -> attack.backwards() == 0)) {
            return Diagnostic.notMeasured(Indicator.ZERO_GRADIENTS, "No attack asked for a gradient.");
        }
        RobustnessReport.AttackRecord worst = attacks.stream()
                .max(Comparator.comparingInt(RobustnessReport.AttackRecord::zeroGradients))
                .orElseThrow();
        double share = (double) worst.zeroGradients() / examples;
        return Diagnostic.measured(
                Indicator.ZERO_GRADIENTS,
                share > MOST_ZERO_GRADIENTS,
                share,
                MOST_ZERO_GRADIENTS,
                String.format(
                        Locale.ROOT,
                        "%,d of %,d images met a gradient of 0 in %s.",
                        worst.zeroGradients(),
                        examples,
                        worst.name()));
    }

    /** Counts who falls to a budget and stands to a larger one. */
    private static Diagnostic lessWithMore(List<EpsilonResult> results, int examples) {
        if (results.size() < 3) {
            return Diagnostic.notMeasured(Indicator.LESS_WITH_MORE, "There are no two budgets to compare.");
        }
        int worst = 0;
        double smaller = 0;
        double larger = 0;
        for (int e = 2; e < results.size(); e++) {
            EpsilonResult before = results.get(e - 1);
            EpsilonResult after = results.get(e);
            int lost = 0;
            for (int i = 0; i < examples; i++) {
                if (before.brokenBy()[i] >= 0 && after.brokenBy()[i] < 0) {
                    lost++;
                }
            }
            if (lost > worst || e == 2) {
                worst = lost;
                smaller = before.epsilon();
                larger = after.epsilon();
            }
        }
        double share = (double) worst / examples;
        return Diagnostic.measured(
                Indicator.LESS_WITH_MORE,
                share > MOST_LOST,
                share,
                MOST_LOST,
                String.format(
                        Locale.ROOT,
                        "%,d of %,d images fell at epsilon %s and stood at %s.",
                        worst,
                        examples,
                        smaller,
                        larger));
    }
}

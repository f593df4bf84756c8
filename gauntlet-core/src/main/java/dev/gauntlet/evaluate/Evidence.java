package dev.gauntlet.evaluate;

import dev.gauntlet.attack.Attack;
import dev.gauntlet.diagnose.Diagnostic;
import dev.gauntlet.diagnose.Indicator;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/** What the results themselves say about how far they can be believed. */
final class Evidence {
    private static final double MOST_ZERO_GRADIENTS = 0.05;
    private static final double MOST_LOST = 0.01;
    private static final double MOST_ROUNDED_AWAY = 0.1;
    private static final double MOST_LEFT = 0.02;

    private Evidence() {}

    static List<Diagnostic> of(List<RobustnessReport.AttackRecord> attacks, List<EpsilonResult> results, int examples) {
        return List.of(zeroGradients(attacks, examples), lessWithMore(results, examples));
    }

    static Diagnostic onlyBaselines(List<? extends Attack<?>> attacks) {
        List<String> searching = attacks.stream()
                .filter(attack -> !attack.isBaseline())
                .map(Attack::name)
                .distinct()
                .toList();
        return Diagnostic.measured(
                Indicator.ONLY_BASELINES,
                searching.isEmpty(),
                searching.size(),
                1,
                searching.isEmpty()
                        ? "All that was run: "
                                + attacks.stream().map(Attack::name).distinct().collect(Collectors.joining(", ")) + "."
                        : "These search: " + String.join(", ", searching) + ".");
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

    static Diagnostic lostByRounding(EpsilonResult focus) {
        int broken = (int)
                Arrays.stream(focus.brokenBy()).filter(attack -> attack >= 0).count();
        if (broken == 0) {
            return Diagnostic.notMeasured(
                    Indicator.LOST_BY_ROUNDING, "Nothing was broken at epsilon " + focus.epsilon() + ".");
        }
        int lost = focus.accuracyAfterRounding().successes() - focus.accuracy().successes();
        double share = (double) lost / broken;
        return Diagnostic.measured(
                Indicator.LOST_BY_ROUNDING,
                Interval.of(lost, broken).lower() > MOST_ROUNDED_AWAY,
                share,
                MOST_ROUNDED_AWAY,
                String.format(
                        Locale.ROOT,
                        "%,d of %,d successes at epsilon %s are lost when the image is rounded to 8 bits.",
                        lost,
                        broken,
                        focus.epsilon()));
    }

    /** Counts what attacks without gradients broke after one with gradients; empty if there were no such attacks. */
    static Optional<Diagnostic> blackBoxWins(
            List<RobustnessReport.AttackRecord> attacks, EpsilonResult focus, EpsilonResult clean, int[] labels) {
        int first = 0;
        while (first < attacks.size() && attacks.get(first).backwards() == 0) {
            first++;
        }
        boolean[] blind = new boolean[attacks.size()];
        boolean any = false;
        for (int attack = first + 1; attack < attacks.size(); attack++) {
            blind[attack] =
                    attacks.get(attack).backwards() == 0 && attacks.get(attack).forwards() > 0;
            any |= blind[attack];
        }
        if (!any) {
            return Optional.empty();
        }
        int broken = 0;
        int left = 0;
        for (int i = 0; i < labels.length; i++) {
            int breaker = focus.brokenBy()[i];
            if (breaker < 0 && clean.predictions()[i] == labels[i]) {
                left++;
            } else if (breaker >= 0 && blind[breaker]) {
                left++;
                broken++;
            }
        }
        String finding = String.format(
                Locale.ROOT,
                "Attacks without gradients broke %,d of %,d images that those with gradients left at epsilon %s.",
                broken,
                left,
                focus.epsilon());
        return Optional.of(
                left == 0
                        ? Diagnostic.notMeasured(Indicator.BLACK_BOX_WINS, finding)
                        : Diagnostic.measured(
                                Indicator.BLACK_BOX_WINS,
                                Interval.of(broken, left).lower() > MOST_LEFT,
                                (double) broken / left,
                                MOST_LEFT,
                                finding));
    }
}

package dev.gauntlet.report;

import dev.gauntlet.evaluate.Interval;
import dev.gauntlet.evaluate.Outcomes;
import dev.gauntlet.evaluate.RobustnessReport;
import dev.gauntlet.gate.Comparison;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** Phrases for the comparison with a baseline report. */
final class Baselines {
    /** How many lost examples are listed. */
    private static final int NAMED = 5;

    private Baselines() {}

    static Page.Baseline of(RobustnessReport baseline, RobustnessReport report) {
        List<Comparison> comparisons = Comparison.all(baseline, report);
        List<String> notes = new ArrayList<>();
        notes.add(
                "Computed over the %s that both reports have in common. The difference is this report’s accuracy minus the baseline’s, with the interval of Bonett and Price. McNemar’s exact p is the probability of a difference at least this large if both models are equally robust."
                        .formatted(Formats.count(comparisons.get(0).examples(), "image", "images")));
        if (!baseline.plan().name().equals(report.plan().name())) {
            notes.add(
                    "The baseline was evaluated with another plan (%s), so the difference is not due to the models alone."
                            .formatted(Formats.plain(baseline.plan().name())));
        }
        return new Page.Baseline(
                "%s, %s, evaluated %s"
                        .formatted(
                                Formats.plain(baseline.model().name()),
                                Formats.plain(baseline.plan().name()),
                                Formats.plain(baseline.timing().started())),
                Charts.compared(
                        ReportView.of(report), Formats.plain(baseline.model().name()), comparisons),
                comparisons.stream().map(Baselines::row).toList(),
                notes,
                pairs(baseline, report),
                Distance.of(report).atMost(ReportView.of(report).focusEpsilon()));
    }

    /** Returns what became of the images in the baseline's gallery, at the budget in focus. */
    private static List<Page.BaselinePair> pairs(RobustnessReport baseline, RobustnessReport report) {
        int budget = ReportView.of(report).focus();
        Outcomes outcomes = report.outcomes();
        return Gallery.ofBaseline(baseline)
                .at(report.results().get(budget).epsilon())
                .flatMap(shown -> outcomes.position(shown.id()).stream()
                        .mapToObj(position -> pair(shown.specimen(), outcomes, position, budget)))
                .toList();
    }

    private static Page.BaselinePair pair(Page.Specimen before, Outcomes outcomes, int position, int budget) {
        if (outcomes.isCleanMistake(position)) {
            return new Page.BaselinePair(before, "wrong even without an attack", false);
        }
        return outcomes.isRobust(position, budget)
                ? new Page.BaselinePair(before, "still correct: no attack succeeded", true)
                : new Page.BaselinePair(before, "wrong under attack, too", false);
    }

    private static Page.BaselineRow row(Comparison comparison) {
        return new Page.BaselineRow(
                Formats.shortDecimal(comparison.ball().epsilon(), 4),
                rate(comparison.before()),
                rate(comparison.after()),
                String.format(
                        Locale.ROOT,
                        "%+.2f\u00a0%% (%+.2f to %+.2f)",
                        100 * comparison.difference(),
                        100 * comparison.lower(),
                        100 * comparison.upper()),
                Formats.count(comparison.lost().length),
                Formats.count(comparison.gained().length),
                String.format(Locale.ROOT, "%.2g", comparison.probability()),
                Arrays.stream(comparison.lost())
                                .limit(NAMED)
                                .mapToObj(Integer::toString)
                                .collect(Collectors.joining(", "))
                        + (comparison.lost().length > NAMED ? ", …" : ""));
    }

    private static String rate(Interval rate) {
        return Formats.percent(rate.rate());
    }
}

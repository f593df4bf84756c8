package dev.gauntlet.report;

import dev.gauntlet.evaluate.Interval;
import dev.gauntlet.evaluate.RobustnessReport;
import dev.gauntlet.gate.Comparison;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** The comparison with an older report in words. */
final class Baselines {
    /** How many examples are named. */
    private static final int NAMED = 5;

    private Baselines() {}

    static Page.Baseline of(RobustnessReport baseline, RobustnessReport report) {
        List<Comparison> comparisons = Comparison.all(baseline, report);
        List<String> notes = new ArrayList<>();
        notes.add(
                "Counted over the %s that both reports have; the difference is this report’s accuracy less the baseline’s, with the interval of Bonett and Price, and p is McNemar’s exact one: how probable so uneven a change is if both are equally good."
                        .formatted(Formats.count(comparisons.get(0).examples(), "image", "images")));
        if (!baseline.plan().name().equals(report.plan().name())) {
            notes.add(
                    "The baseline was attacked in another way (%s), so the difference is not one of the networks alone."
                            .formatted(Formats.plain(baseline.plan().name())));
        }
        return new Page.Baseline(
                "%s, %s, evaluated %s"
                        .formatted(
                                Formats.plain(baseline.model().name()),
                                Formats.plain(baseline.plan().name()),
                                Formats.plain(baseline.timing().started())),
                comparisons.stream().map(Baselines::row).toList(),
                notes);
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

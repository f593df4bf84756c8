package dev.gauntlet.report;

import dev.gauntlet.evaluate.Interval;
import dev.gauntlet.evaluate.Outcomes;
import dev.gauntlet.report.Page.ClassCell;
import dev.gauntlet.report.Page.ClassMap;
import dev.gauntlet.report.Page.ClassRow;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/** Computes the accuracy of each class at each budget. */
final class ClassMaps {
    /** More rows would not be readable. */
    private static final int MOST_CLASSES = 50;

    private static final double[] HEAT_LIMITS = {0, 0.2, 0.4, 0.6, 0.8, 1};

    private final ReportView subject;
    private final Gallery gallery;
    private final int[] totals;
    private final int[][] correct;

    private ClassMaps(ReportView subject, Gallery gallery) {
        this.subject = subject;
        this.gallery = gallery;
        Outcomes outcomes = subject.report().outcomes();
        totals = new int[subject.classNames().size()];
        correct = new int[totals.length][subject.report().results().size()];
        for (int i = 0; i < outcomes.size(); i++) {
            int label = outcomes.label(i);
            totals[label]++;
            for (int j = 0; j < correct[label].length; j++) {
                correct[label][j] += outcomes.isRobust(i, j) ? 1 : 0;
            }
        }
    }

    static ClassMap of(ReportView subject, Gallery gallery) {
        return new ClassMaps(subject, gallery).map();
    }

    private ClassMap map() {
        boolean all = totals.length <= MOST_CLASSES;
        List<Integer> shown = all
                ? IntStream.range(0, totals.length).boxed().toList()
                : IntStream.range(0, totals.length)
                        .filter(label -> totals[label] > 0)
                        .boxed()
                        .sorted(Comparator.comparingDouble(label -> share(label, subject.focus())))
                        .limit(MOST_CLASSES)
                        .toList();
        return new ClassMap(
                subject.epsilonLabels(),
                subject.focusEpsilon(),
                shown.stream().map(this::row).toList(),
                all
                        ? ""
                        : "Of %s, the table shows the %s with the lowest accuracy at epsilon %s."
                                .formatted(
                                        Formats.count(totals.length, "class", "classes"),
                                        shown.size(),
                                        subject.focusEpsilon()));
    }

    private ClassRow row(int label) {
        return new ClassRow(
                subject.className(label),
                gallery.imageOf(label).orElse(""),
                IntStream.range(0, correct[label].length)
                        .mapToObj(budget -> cell(label, budget))
                        .toList(),
                interval(label),
                Formats.count(totals[label]));
    }

    private String interval(int label) {
        if (totals[label] == 0) {
            return "–";
        }
        Interval interval = Interval.of(correct[label][subject.focus()], totals[label]);
        return Formats.percents(interval.lower(), interval.upper());
    }

    private ClassCell cell(int label, int budget) {
        return totals[label] == 0
                ? new ClassCell("–", "heat-right-0")
                : new ClassCell(Formats.percent(share(label, budget)), "heat-right-" + heat(share(label, budget)));
    }

    private double share(int label, int budget) {
        return (double) correct[label][budget] / totals[label];
    }

    private static int heat(double share) {
        int heat = 0;
        while (heat < HEAT_LIMITS.length - 1 && share > HEAT_LIMITS[heat]) {
            heat++;
        }
        return heat;
    }
}

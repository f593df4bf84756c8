package dev.gauntlet.report;

import dev.gauntlet.evaluate.Outcomes;
import dev.gauntlet.report.Page.Confusion;
import dev.gauntlet.report.Page.ConfusionCell;
import dev.gauntlet.report.Page.ConfusionPair;
import dev.gauntlet.report.Page.ConfusionRow;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/** Counts the confusions between classes. */
final class Confusions {
    /** A matrix with more classes would not be readable. */
    private static final int MOST_COLUMNS = 20;

    private static final int MOST_PAIRS = 5;
    private static final int MOST_PAIRS_WITHOUT_MATRIX = 20;
    private static final int SHORT_NAME = 3;

    /** The colour of a cell depends on the first of these shares of its row that it does not exceed. */
    private static final double[] HEAT_LIMITS = {0, 0.02, 0.1, 0.3, 0.6, 1};

    private final ReportView subject;
    private final Gallery gallery;
    private final int budget;
    private final int[][] counts;

    private Confusions(ReportView subject, Gallery gallery, int budget) {
        this.subject = subject;
        this.gallery = gallery;
        this.budget = budget;
        int classes = subject.classNames().size();
        counts = new int[classes][classes];
        Outcomes outcomes = subject.report().outcomes();
        for (int i = 0; i < outcomes.size(); i++) {
            counts[outcomes.label(i)][outcomes.prediction(i, budget)]++;
        }
    }

    static Confusion of(ReportView subject, Gallery gallery, int budget, String id, String title) {
        return new Confusions(subject, gallery, budget).confusion(id, title);
    }

    private Confusion confusion(String id, String title) {
        boolean matrix = counts.length <= MOST_COLUMNS;
        return new Confusion(
                id,
                title,
                matrix ? subject.classNames() : List.of(),
                matrix ? IntStream.range(0, counts.length).mapToObj(this::row).toList() : List.of(),
                subject.classNames().stream().anyMatch(name -> name.length() > SHORT_NAME),
                pairs(matrix ? MOST_PAIRS : MOST_PAIRS_WITHOUT_MATRIX));
    }

    private ConfusionRow row(int label) {
        int total = total(label);
        return new ConfusionRow(
                subject.className(label),
                IntStream.range(0, counts.length)
                        .mapToObj(prediction -> cell(label, prediction, total))
                        .toList(),
                total == 0 ? "–" : Formats.percent((double) counts[label][label] / total));
    }

    private ConfusionCell cell(int label, int prediction, int total) {
        int count = counts[label][prediction];
        String kind = label == prediction ? "right" : "wrong";
        return new ConfusionCell(
                count,
                Formats.count(count),
                "heat-%s-%s".formatted(kind, heat(count, total)),
                gallery.imageOf(label, prediction, budget).orElse(""));
    }

    private static int heat(int count, int total) {
        double share = total == 0 ? 0 : (double) count / total;
        return (int) Arrays.stream(HEAT_LIMITS).filter(limit -> share > limit).count();
    }

    private List<ConfusionPair> pairs(int most) {
        return IntStream.range(0, counts.length)
                .boxed()
                .flatMap(label -> IntStream.range(0, counts.length)
                        .filter(prediction -> prediction != label && counts[label][prediction] > 0)
                        .mapToObj(prediction -> new int[] {label, prediction}))
                .sorted(Comparator.comparingInt(pair -> -counts[pair[0]][pair[1]]))
                .limit(most)
                .map(pair -> pair(pair[0], pair[1]))
                .toList();
    }

    private ConfusionPair pair(int label, int prediction) {
        int count = counts[label][prediction];
        return new ConfusionPair(
                subject.className(label),
                subject.className(prediction),
                "%s of %s".formatted(Formats.count(count), Formats.count(total(label))),
                Formats.percent((double) count / total(label)),
                gallery.imageOf(label, prediction, budget).orElse(""));
    }

    private int total(int label) {
        return Arrays.stream(counts[label]).sum();
    }
}

package dev.gauntlet.report;

import dev.gauntlet.evaluate.EpsilonResult;
import dev.gauntlet.evaluate.RobustnessReport;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A report with the words for its parts.
 *
 * @param report the report
 * @param classNames the class names, fit to be shown
 * @param epsilonLabels the budgets, as short as they differ
 * @param focus the index of the budget that the page dwells on: the first where fewer than half of the answers are
 *     correct, else the last
 */
record ReportView(RobustnessReport report, List<String> classNames, List<String> epsilonLabels, int focus) {
    /** An epsilon with no more digits is shown as it is, such as 0.0625; others are rounded, such as 8/255. */
    private static final int SHORT_EPSILON_DIGITS = 4;

    private static final int ROUNDED_EPSILON_DIGITS = 3;
    private static final int ALL_DIGITS = 17;
    private static final double HALF = 0.5;

    static ReportView of(RobustnessReport report) {
        return new ReportView(
                report,
                IntStream.range(0, report.classes().size())
                        .mapToObj(label -> className(report, label))
                        .toList(),
                epsilonLabels(report),
                focus(report));
    }

    String className(int label) {
        return classNames.get(label);
    }

    String epsilon(int index) {
        return epsilonLabels.get(index);
    }

    String epsilon(double epsilon) {
        return epsilonLabels.get(
                report.results().stream().map(EpsilonResult::epsilon).toList().indexOf(epsilon));
    }

    String model() {
        return Formats.plain(report.model().name());
    }

    String data() {
        return Formats.plain(report.data().name() + " (" + report.data().split() + ")");
    }

    EpsilonResult clean() {
        return report.results().get(0);
    }

    EpsilonResult focusResult() {
        return report.results().get(focus);
    }

    String focusEpsilon() {
        return epsilon(focus);
    }

    /** Tells whether there is any budget but 0. */
    boolean attacked() {
        return focus > 0;
    }

    int examples() {
        return report.outcomes().size();
    }

    /** Counts the examples in words: {@code 12 images}, or {@code 12 of 600 images}. */
    String examples(String unit, String units) {
        return isSample()
                ? "%s of %s"
                        .formatted(
                                Formats.count(examples()),
                                Formats.count(report.plan().population(), unit, units))
                : Formats.count(examples(), unit, units);
    }

    /** Tells whether the examples stand for more that were not tried. */
    boolean isSample() {
        return examples() < report.plan().population();
    }

    /** Counts the wrong predictions. */
    int wrong(EpsilonResult result) {
        return result.accuracy().trials() - result.accuracy().successes();
    }

    private static String className(RobustnessReport report, int label) {
        String name = Formats.plain(report.classes().get(label)).strip();
        return name.isEmpty() ? "class " + label : name;
    }

    private static List<String> epsilonLabels(RobustnessReport report) {
        List<Double> epsilons =
                report.results().stream().map(EpsilonResult::epsilon).toList();
        return IntStream.rangeClosed(ROUNDED_EPSILON_DIGITS, ALL_DIGITS)
                .mapToObj(digits -> epsilons.stream()
                        .map(epsilon -> digits(epsilon, digits))
                        .toList())
                .filter(labels -> labels.stream().distinct().count() == epsilons.size())
                .findFirst()
                .orElseThrow();
    }

    private static String digits(double epsilon, int digits) {
        BigDecimal exact = BigDecimal.valueOf(epsilon).stripTrailingZeros();
        return (exact.precision() <= SHORT_EPSILON_DIGITS ? exact : exact.round(new MathContext(digits)))
                .stripTrailingZeros()
                .toPlainString();
    }

    private static int focus(RobustnessReport report) {
        List<EpsilonResult> results = report.results();
        return IntStream.range(1, results.size())
                .filter(i -> results.get(i).accuracy().rate() < HALF)
                .findFirst()
                .orElse(results.size() - 1);
    }
}

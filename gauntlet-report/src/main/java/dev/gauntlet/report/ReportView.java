package dev.gauntlet.report;

import dev.gauntlet.evaluate.EpsilonResult;
import dev.gauntlet.evaluate.RobustnessReport;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A report with the phrases for its parts.
 *
 * @param report the report
 * @param classNames the class names, safe to show
 * @param epsilonLabels the budgets, as short as they are distinct
 */
record ReportView(RobustnessReport report, List<String> classNames, List<String> epsilonLabels) {
    /** An epsilon with at most this many digits is shown exactly, such as 0.0625; others are rounded, such as 8/255. */
    private static final int SHORT_EPSILON_DIGITS = 4;

    private static final int ROUNDED_EPSILON_DIGITS = 3;
    private static final int ALL_DIGITS = 17;

    static ReportView of(RobustnessReport report) {
        return new ReportView(
                report,
                IntStream.range(0, report.classes().size())
                        .mapToObj(label -> className(report, label))
                        .toList(),
                epsilonLabels(report));
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

    /** Returns the position of the budget in focus. */
    int focus() {
        return report.focus();
    }

    EpsilonResult focusResult() {
        return report.results().get(focus());
    }

    String focusEpsilon() {
        return epsilon(focus());
    }

    /** Tells whether there is any budget but 0. */
    boolean attacked() {
        return focus() > 0;
    }

    int examples() {
        return report.outcomes().size();
    }

    /** Formats the number of examples: {@code 12 images}, or {@code 12 of 600 images}. */
    String examples(String unit, String units) {
        return isSample()
                ? "%s of %s"
                        .formatted(
                                Formats.count(examples()),
                                Formats.count(report.plan().population(), unit, units))
                : Formats.count(examples(), unit, units);
    }

    /** Tells whether the examples are a sample of a larger data set. */
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
}

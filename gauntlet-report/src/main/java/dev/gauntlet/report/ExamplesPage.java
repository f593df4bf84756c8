package dev.gauntlet.report;

import dev.gauntlet.evaluate.CertificateRecord;
import dev.gauntlet.evaluate.Outcomes;
import dev.gauntlet.evaluate.RobustnessReport;
import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * The content of the page with all examples.
 *
 * <p>The texts are not escaped; the template does that.
 *
 * @param title the heading
 * @param explanation what the columns mean
 * @param caption how many examples there are
 * @param columns the heads of the columns
 * @param rows one per example
 */
record ExamplesPage(String title, String explanation, String caption, List<String> columns, List<Row> rows) {
    /** A browser takes long for more. */
    private static final int MOST_ROWS = 20_000;

    private static final int DIGITS_OF_A_RADIUS = 4;

    /**
     * One example.
     *
     * @param example its number
     * @param image the anchor of its images on the page of the report; empty if it is not shown there
     * @param cells the other columns
     */
    record Row(String example, String image, List<String> cells) {}

    static ExamplesPage of(RobustnessReport report) {
        return new Builder(ReportView.of(report)).page();
    }

    /** Collects what is known of each example. */
    private record Builder(ReportView subject, AttackPhrases methods, Set<String> shown) {
        Builder(ReportView subject) {
            this(
                    subject,
                    AttackPhrases.of(subject),
                    new Gallery(subject).cards().stream().map(Page.Card::id).collect(Collectors.toSet()));
        }

        ExamplesPage page() {
            RobustnessReport report = subject.report();
            List<String> columns = new ArrayList<>(
                    List.of("example", "class", "clean prediction", "broken from epsilon", "prediction there"));
            if (report.attacks().size() > 1) {
                columns.add("broken by");
            }
            columns.add("distance");
            report.certificates().ifPresent(certificates -> columns.add("certified up to"));
            return new ExamplesPage(
                    "All examples of %s on %s".formatted(subject.model(), subject.data()),
                    "Each row is an image. It is broken from the smallest epsilon of the evaluation with which an attack succeeded: 0 if the model is wrong without any change, and nothing if no attack succeeded. The distance is that of the nearest success. A number that is a link leads to the images.",
                    caption(),
                    columns,
                    IntStream.range(0, Math.min(MOST_ROWS, report.outcomes().size()))
                            .mapToObj(this::row)
                            .toList());
        }

        private String caption() {
            return subject.examples() <= MOST_ROWS
                    ? subject.examples("example", "examples")
                    : "The first %s of %s; 'gauntlet report --csv' writes all."
                            .formatted(Formats.count(MOST_ROWS), subject.examples("example", "examples"));
        }

        /** Returns the largest certified epsilon; it is rounded down, because more is not proved. */
        private String certified(CertificateRecord certificates, int example) {
            int budget = certificates.certified()[example];
            double radius = certificates.radius()[example];
            return radius <= subject.report().results().get(budget).epsilon()
                    ? subject.epsilon(budget)
                    : BigDecimal.valueOf(radius)
                            .round(new MathContext(DIGITS_OF_A_RADIUS, RoundingMode.FLOOR))
                            .stripTrailingZeros()
                            .toPlainString();
        }

        private Row row(int example) {
            RobustnessReport report = subject.report();
            Outcomes outcomes = report.outcomes();
            OptionalInt broken = IntStream.range(0, report.results().size())
                    .filter(budget -> !outcomes.isRobust(example, budget))
                    .findFirst();
            List<String> cells = new ArrayList<>(List.of(
                    subject.className(outcomes.label(example)),
                    subject.className(outcomes.cleanPrediction(example)),
                    broken.isPresent() ? subject.epsilon(broken.getAsInt()) : "",
                    broken.isPresent() ? subject.className(outcomes.prediction(example, broken.getAsInt())) : ""));
            if (report.attacks().size() > 1) {
                cells.add(
                        broken.isPresent()
                                ? outcomes.successfulAttack(example, broken.getAsInt()).stream()
                                        .mapToObj(methods::name)
                                        .collect(Collectors.joining())
                                : "");
            }
            cells.add(outcomes.nearestSuccess(example).stream()
                    .mapToObj(distance -> Formats.shortDecimal(distance, 4))
                    .collect(Collectors.joining()));
            report.certificates().ifPresent(certificates -> cells.add(certified(certificates, example)));
            String anchor = Gallery.anchor(outcomes.id(example));
            return new Row(Integer.toString(outcomes.id(example)), shown.contains(anchor) ? anchor : "", cells);
        }
    }
}

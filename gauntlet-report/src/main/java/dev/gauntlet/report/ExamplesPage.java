package dev.gauntlet.report;

import dev.gauntlet.evaluate.Outcomes;
import dev.gauntlet.evaluate.RobustnessReport;
import java.util.ArrayList;
import java.util.HashSet;
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
                    new Gallery(subject)
                            .cards().stream().map(Page.Card::id).collect(Collectors.toCollection(HashSet::new)));
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
                    "Each row is an image. It is broken from the smallest epsilon of the evaluation with which the model is wrong: 0 if it is wrong without any change, and nothing if no attack succeeded. The distance is that of the nearest success. A number that is a link leads to the images.",
                    subject.examples("example", "examples"),
                    columns,
                    IntStream.range(0, report.outcomes().size())
                            .mapToObj(this::row)
                            .toList());
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
            report.certificates()
                    .ifPresent(certificates -> cells.add(Formats.shortDecimal(
                            Math.max(
                                    report.results()
                                            .get(certificates.certified()[example])
                                            .epsilon(),
                                    certificates.radius()[example]),
                            4)));
            String anchor = "image-" + outcomes.id(example);
            return new Row(Integer.toString(outcomes.id(example)), shown.contains(anchor) ? anchor : "", cells);
        }
    }
}

package dev.gauntlet.report;

import dev.gauntlet.evaluate.Outcomes;
import dev.gauntlet.evaluate.RobustnessReport;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.stream.Collectors;

/** Writes the outcomes of all examples as CSV: RFC 4180, UTF-8, with a header. */
final class OutcomesCsv {
    /** The characters that start a formula in a spreadsheet, including their full-width forms. */
    private static final String FORMULA = "=+-@\uff1d\uff0b\uff0d\uff20";

    private OutcomesCsv() {}

    static String of(RobustnessReport report) {
        ReportView subject = ReportView.of(report);
        AttackPhrases methods = AttackPhrases.of(subject);
        Outcomes outcomes = report.outcomes();
        StringBuilder csv = new StringBuilder();
        List<String> header = new ArrayList<>(List.of("id", "label", "clean prediction"));
        for (int j = 1; j < report.results().size(); j++) {
            header.add("prediction at " + subject.epsilon(j));
            header.add("successful attack at " + subject.epsilon(j));
        }
        header.add("distance");
        report.certificates()
                .ifPresent(certificates -> header.addAll(List.of("certified up to", "certified radius", "domains")));
        append(csv, header);
        for (int i = 0; i < outcomes.size(); i++) {
            List<String> row = new ArrayList<>();
            row.add(Integer.toString(outcomes.id(i)));
            row.add(text(report.classes().get(outcomes.label(i))));
            row.add(text(report.classes().get(outcomes.cleanPrediction(i))));
            for (int j = 1; j < report.results().size(); j++) {
                row.add(text(report.classes().get(outcomes.prediction(i, j))));
                OptionalInt attack = outcomes.successfulAttack(i, j);
                row.add(attack.isPresent() ? text(methods.name(attack.getAsInt())) : "");
            }
            OptionalDouble distance = outcomes.nearestSuccess(i);
            row.add(distance.isPresent() ? Double.toString(distance.getAsDouble()) : "");
            int example = i;
            report.certificates().ifPresent(certificates -> {
                row.add(subject.epsilon(certificates.certified()[example]));
                row.add(Double.toString(certificates.radius()[example]));
                row.add(Long.toString(certificates.domains()[example]));
            });
            append(csv, row);
        }
        return csv.toString();
    }

    private static void append(StringBuilder csv, List<String> cells) {
        csv.append(cells.stream().map(OutcomesCsv::quoted).collect(Collectors.joining(",")))
                .append("\r\n");
    }

    /** Keeps a spreadsheet from interpreting foreign text as a formula. */
    private static String text(String foreign) {
        String plain = Formats.plain(foreign);
        String stripped = plain.strip();
        return !stripped.isEmpty() && FORMULA.indexOf(stripped.charAt(0)) >= 0 ? "'" + plain : plain;
    }

    private static String quoted(String cell) {
        return cell.contains(",") || cell.contains("\"") ? "\"" + cell.replace("\"", "\"\"") + "\"" : cell;
    }
}

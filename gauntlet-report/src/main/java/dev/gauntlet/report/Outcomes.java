package dev.gauntlet.report;

import dev.gauntlet.evaluate.EpsilonResult;
import dev.gauntlet.evaluate.RobustnessReport;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** What became of every example, as CSV: RFC 4180, UTF-8, with a header. */
final class Outcomes {
    /** What makes a spreadsheet take a cell for a formula, also in the wide forms of East Asian fonts. */
    private static final String FORMULA = "=+-@\uff1d\uff0b\uff0d\uff20";

    private Outcomes() {}

    static String of(RobustnessReport report) {
        ReportView subject = ReportView.of(report);
        AttackPhrases methods = AttackPhrases.of(subject);
        List<EpsilonResult> results = report.results();
        StringBuilder csv = new StringBuilder();
        List<String> header = new ArrayList<>(List.of("id", "label", "clean prediction"));
        for (int j = 1; j < results.size(); j++) {
            header.add("prediction at " + subject.epsilon(j));
            header.add("broken by at " + subject.epsilon(j));
        }
        header.add("distance");
        append(csv, header);
        for (int i = 0; i < subject.examples(); i++) {
            List<String> row = new ArrayList<>();
            row.add(Integer.toString(report.ids()[i]));
            row.add(text(report.classes().get(report.labels()[i])));
            row.add(text(report.classes().get(results.get(0).predictions()[i])));
            for (EpsilonResult result : results.subList(1, results.size())) {
                int breaker = result.brokenBy()[i];
                row.add(text(report.classes().get(result.predictions()[i])));
                row.add(breaker < 0 ? "" : text(methods.name(breaker)));
            }
            double distance = report.distances()[i];
            row.add(distance < 0 ? "" : Double.toString(distance));
            append(csv, row);
        }
        return csv.toString();
    }

    private static void append(StringBuilder csv, List<String> cells) {
        csv.append(cells.stream().map(Outcomes::quoted).collect(Collectors.joining(",")))
                .append("\r\n");
    }

    /** Keeps foreign text from being a formula. */
    private static String text(String foreign) {
        String plain = Formats.plain(foreign);
        String stripped = plain.strip();
        return !stripped.isEmpty() && FORMULA.indexOf(stripped.charAt(0)) >= 0 ? "'" + plain : plain;
    }

    private static String quoted(String cell) {
        return cell.contains(",") || cell.contains("\"") ? "\"" + cell.replace("\"", "\"\"") + "\"" : cell;
    }
}

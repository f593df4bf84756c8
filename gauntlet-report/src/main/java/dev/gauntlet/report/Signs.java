package dev.gauntlet.report;

import dev.gauntlet.diagnose.Diagnostic;
import dev.gauntlet.diagnose.Trust;
import dev.gauntlet.evaluate.RobustnessReport;
import dev.gauntlet.report.Page.Assessment;
import dev.gauntlet.report.Page.Sign;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/** Formats the warning signs of a report. */
final class Signs {
    private static final int DIGITS = 4;
    private static final double SMALLEST_PLAIN = 1e-6;
    private static final double LARGEST_PLAIN = 1e9;

    private Signs() {}

    static Assessment of(RobustnessReport report) {
        Trust trust = report.trust();
        return new Assessment(
                verdict(trust),
                trust.toString(),
                (report.diagnostics().isEmpty() ? "No warning signs were measured." : trust.meaning())
                        + overstatement(report),
                counts(report.diagnostics()),
                with(report, Diagnostic.Outcome.RAISED),
                Stream.of(Diagnostic.Outcome.QUIET, Diagnostic.Outcome.NOT_MEASURED)
                        .flatMap(outcome -> with(report, outcome).stream())
                        .toList());
    }

    private static String overstatement(RobustnessReport report) {
        return report.probes()
                .overstatement()
                .filter(known -> known.robust() > 0)
                .map(known -> " " + Formats.plain(known.statement()).replace(" %", "\u00a0%"))
                .orElse("");
    }

    /** Writes a verdict in capitals. */
    static String verdict(Trust trust) {
        return trust.toString().toUpperCase(Locale.ROOT);
    }

    /** Returns the outcome of a sign in a word. */
    static String state(Diagnostic diagnostic) {
        return switch (diagnostic.outcome()) {
            case RAISED -> "raised";
            case QUIET -> "quiet";
            case NOT_MEASURED -> "not measured";
        };
    }

    /** Formats the measurement and the threshold; empty if the sign was not measured. */
    static String limit(Diagnostic diagnostic) {
        return diagnostic.outcome() == Diagnostic.Outcome.NOT_MEASURED
                ? ""
                : "measured %s, threshold %s".formatted(number(diagnostic.value()), number(diagnostic.threshold()));
    }

    /** Counts the signs by outcome. */
    static String counts(List<Diagnostic> diagnostics) {
        return "%s: %s raised, %s quiet, %s not measured"
                .formatted(
                        Formats.count(diagnostics.size(), "sign", "signs"),
                        count(diagnostics, Diagnostic.Outcome.RAISED),
                        count(diagnostics, Diagnostic.Outcome.QUIET),
                        count(diagnostics, Diagnostic.Outcome.NOT_MEASURED));
    }

    private static long count(List<Diagnostic> diagnostics, Diagnostic.Outcome outcome) {
        return diagnostics.stream()
                .filter(diagnostic -> diagnostic.outcome() == outcome)
                .count();
    }

    private static List<Sign> with(RobustnessReport report, Diagnostic.Outcome outcome) {
        return report.diagnostics().stream()
                .filter(diagnostic -> diagnostic.outcome() == outcome)
                .map(Signs::sign)
                .toList();
    }

    private static Sign sign(Diagnostic diagnostic) {
        return new Sign(
                "sign-" + diagnostic.indicator(),
                state(diagnostic),
                diagnostic.indicator().title(),
                verdict(diagnostic.indicator().severity()),
                Formats.plain(diagnostic.finding()),
                limit(diagnostic),
                diagnostic.indicator().explanation(),
                diagnostic.indicator().remedy(),
                diagnostic.indicator().source());
    }

    private static String number(double value) {
        BigDecimal rounded =
                new BigDecimal(value).round(new MathContext(DIGITS)).stripTrailingZeros();
        double size = Math.abs(value);
        return size == 0 || (size >= SMALLEST_PLAIN && size < LARGEST_PLAIN)
                ? rounded.toPlainString()
                : rounded.toString();
    }
}

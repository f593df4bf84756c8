package dev.gauntlet.report;

import dev.gauntlet.diagnose.Trust;
import dev.gauntlet.evaluate.RobustnessReport;
import dev.gauntlet.gate.Gate;
import java.util.Optional;

/** Writes a result as a small image for the front page of a project. */
final class Badge {
    /** The mean width of a letter in the fonts that are named below, in pixels. */
    private static final double LETTER = 6.6;

    private static final int PADDING = 10;

    private static final String GREEN = "#2b7a2b";
    private static final String RED = "#b3261e";
    private static final String YELLOW = "#805c00";
    private static final String GREY = "#595959";
    private static final String BLUE = "#1f5f99";

    private Badge() {}

    static String of(RobustnessReport report, Optional<Gate.Decision> decision) {
        if (decision.isPresent()) {
            return switch (decision.get().verdict()) {
                case PASS -> drawn("robustness", "passing", GREEN);
                case FAIL -> drawn("robustness", "failing", RED);
                case INCONCLUSIVE -> drawn("robustness", "inconclusive", YELLOW);
            };
        }
        ReportView subject = ReportView.of(report);
        String percent = Formats.percent(subject.focusResult().accuracy().rate());
        String number = subject.attacked() ? percent + " at " + subject.focusEpsilon() : percent;
        // a number that may be too high is not shown without saying so
        boolean doubtful = report.trust() != Trust.TRUSTWORTHY;
        return drawn(
                subject.attacked() ? "robust accuracy" : "clean accuracy",
                doubtful ? number + ", " + report.trust() : number,
                doubtful ? GREY : BLUE);
    }

    private static String drawn(String label, String value, String color) {
        int left = width(label);
        int right = width(value);
        return """
                <svg xmlns="http://www.w3.org/2000/svg" width="%1$d" height="20" role="img" aria-label="%4$s: %5$s">
                <title>%4$s: %5$s</title>
                <rect width="%2$d" height="20" fill="#404040"/>
                <rect x="%2$d" width="%3$d" height="20" fill="%6$s"/>
                <g fill="#fff" font-family="Verdana, DejaVu Sans, sans-serif" font-size="11" text-anchor="middle">
                <text x="%7$d" y="14">%4$s</text>
                <text x="%8$d" y="14">%5$s</text>
                </g>
                </svg>
                """.formatted(left + right, left, right, label, value, color, left / 2, left + right / 2);
    }

    private static int width(String text) {
        return (int) Math.ceil(text.length() * LETTER) + 2 * PADDING;
    }
}

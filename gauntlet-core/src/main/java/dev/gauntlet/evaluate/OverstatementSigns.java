package dev.gauntlet.evaluate;

import dev.gauntlet.diagnose.Diagnostic;
import dev.gauntlet.diagnose.WarningSign;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.stream.Collectors;

/** What the stronger attacks say against an evaluation. */
final class OverstatementSigns {
    private OverstatementSigns() {}

    /** Tells whether more is overstated than is tolerated. */
    static Diagnostic overstated(Overstatement known, double tolerance) {
        if (known.robust() > 0 && known.examined() == 0 && !known.probes().isEmpty()) {
            return Diagnostic.notMeasured(
                    WarningSign.NOT_CONVERGED, "No stronger attack could be afforded; the full diagnostics try them.");
        }
        return Diagnostic.measured(
                WarningSign.NOT_CONVERGED,
                known.finding(tolerance) == Overstatement.Finding.OVERSTATED,
                known.lower(),
                tolerance,
                known.robust() == 0 || known.probes().isEmpty()
                        ? known.statement()
                        : broken(known) + " " + known.statement());
    }

    /** Tells whether a stronger attack might still break much. */
    static Diagnostic unsettled(Overstatement known, double tolerance) {
        OptionalLong more = known.moreToSettle(tolerance);
        boolean isOpen = known.finding(tolerance) == Overstatement.Finding.OPEN;
        String advice = "";
        if (isOpen && more.isPresent()) {
            int unused = known.robust()
                    - known.probes().get(known.probes().size() - 1).examined();
            advice = String.format(
                    Locale.ROOT,
                    more.getAsLong() <= unused
                            ? "; about %,d more probe images would settle it"
                            : "; about %,d more probe images would settle it, which takes an evaluation of more examples",
                    more.getAsLong());
        }
        return Diagnostic.measured(
                WarningSign.UNSETTLED,
                isOpen,
                known.upper(),
                WarningSign.UNSETTLED.threshold(),
                known.statement().substring(0, known.statement().length() - 1) + advice + ".");
    }

    /** Tells whether attacks without gradients broke what those with gradients left. */
    static Diagnostic blackBoxWins(OverstatementSearch.Tally tally, boolean isAlone, double epsilon) {
        return Diagnostic.measured(
                WarningSign.BLACK_BOX_WINS,
                Interval.of(tally.broken(), tally.tried()).lower() > WarningSign.BLACK_BOX_WINS.threshold(),
                (double) tally.broken() / tally.tried(),
                WarningSign.BLACK_BOX_WINS.threshold(),
                "The Square attack broke %d of %d images that %s at epsilon %s."
                        .formatted(
                                tally.broken(),
                                tally.tried(),
                                isAlone
                                        ? "were still robust"
                                        : "the plan and stronger attacks with gradients had left robust",
                                Double.toString(epsilon)));
    }

    private static String broken(Overstatement known) {
        return known.probes().stream()
                .filter(probe -> probe.examined() > 0)
                .map(probe -> "%s: %d of %d".formatted(name(probe.attack()), probe.broken(), probe.examined()))
                .collect(Collectors.joining(", then ", "Broken at epsilon " + known.epsilon() + " by ", "."));
    }

    private static String name(String attack) {
        int options = attack.indexOf(':');
        return options < 0 ? attack : attack.substring(0, options);
    }
}

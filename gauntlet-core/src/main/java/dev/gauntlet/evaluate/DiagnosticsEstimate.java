package dev.gauntlet.evaluate;

import dev.gauntlet.attack.Attack;
import dev.gauntlet.attack.Passes;
import dev.gauntlet.diagnose.GradientDiagnostics;
import dev.gauntlet.diagnose.StrongerAttacks;
import dev.gauntlet.request.DiagnosticsBudget.Effort;
import java.util.Arrays;
import java.util.List;

/**
 * About how many passes the diagnostics will take, for progress and time limits.
 *
 * @param effort what they may spend
 * @param probes the passes of the probes of the gradient for a model that withstands everything
 * @param perRobust the passes of the stronger attacks for a robust example
 */
record DiagnosticsEstimate(Effort effort, long probes, long perRobust) {
    /** Nothing. */
    static final DiagnosticsEstimate NONE = new DiagnosticsEstimate(Effort.OFF, 0, 0);

    /** The probes of a model that withstands nothing cost about this share of what they cost at most. */
    private static final double LEAST_EFFORT = 0.3;

    static DiagnosticsEstimate of(Plan<?> plan, boolean blackBox, int classes) {
        Effort effort = plan.diagnostics().effort();
        if (blackBox || plan.epsilons().size() < 2 || effort == Effort.OFF) {
            return NONE;
        }
        double epsilon = plan.epsilons().get(1);
        return new DiagnosticsEstimate(
                effort,
                Arrays.stream(GradientDiagnostics.Probe.values())
                        .mapToLong(probe -> probe.passes(
                                        plan.attacks(), plan.norm(), GradientDiagnostics.EXAMPLES, epsilon, classes)
                                .total())
                        .sum(),
                StrongerAttacks.beyond(plan.attacks(), plan.norm(), plan.criterion(), classes).stream()
                        .mapToLong(
                                attack -> cost(attack, plan, epsilon, classes).total())
                        .sum());
    }

    /** Returns the passes of a stronger attack for an example at most, with the look at what it found. */
    static Passes cost(Attack<?> attack, Plan<?> plan, double epsilon, int classes) {
        return attack.passes(plan.norm(), List.of(epsilon), classes).plus(Passes.forwards(1));
    }

    /** Returns how many passes a search takes that finds nothing, in rounds that double. */
    static long search(long perRobust, double robust, int examples) {
        int round = OverstatementSearch.FIRST_ROUND;
        while (round < robust && !Overstatement.isSettledByNothing(round, robust / examples)) {
            round *= 2;
        }
        return (long) (perRobust * Math.min(round, robust));
    }

    /**
     * Returns the passes.
     *
     * @param robustShare about which share of the examples is robust
     * @param examples how many examples are evaluated
     * @param attacks the passes of the attacks
     */
    double work(double robustShare, int examples, double attacks) {
        double full =
                probes * Math.max(LEAST_EFFORT, robustShare) + search(perRobust, robustShare * examples, examples);
        return Math.min(full, (double) effort.passes((long) attacks));
    }
}

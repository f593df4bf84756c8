package dev.gauntlet.gate;

import dev.gauntlet.GauntletException;
import dev.gauntlet.diagnose.Diagnostic;
import dev.gauntlet.diagnose.Trust;
import dev.gauntlet.diagnose.WarningSign;
import dev.gauntlet.evaluate.RobustnessReport;
import dev.gauntlet.threat.LpBall;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Requirements on a model and its evaluation, decided with intervals and not with point estimates.
 *
 * <p>A requirement passes if the whole 95 % interval is on the required side of its threshold, fails if none of it is, and
 * is inconclusive otherwise. An invalid evaluation never passes.
 *
 * <p>Example: {@code Gate.requiring(LpBall.linf(8 / 255.0), 0.4).judge(report).verdict()}.
 *
 * @param requirements the requirements; may be empty if a trust level is forbidden
 * @param forbidden the best trust level that fails: limited, suspect or invalid; if empty, an invalid evaluation is
 *     inconclusive instead of passing
 */
public record Gate(List<Requirement> requirements, Optional<Trust> forbidden) {
    public Gate {
        requirements = List.copyOf(requirements);
        if (requirements.isEmpty() && forbidden.isEmpty()) {
            throw new GauntletException("A gate requires at least one requirement or a forbidden trust level.");
        }
        if (forbidden.isPresent() && forbidden.get() == Trust.TRUSTWORTHY) {
            throw new GauntletException(
                    "Only limited, suspect or invalid evaluations can be forbidden, not trustworthy ones.");
        }
    }

    /**
     * Creates a gate with one requirement.
     *
     * @param ball the budget
     * @param minimum the required robust accuracy, in [0,1]
     * @return the gate
     */
    public static Gate requiring(LpBall ball, double minimum) {
        return new Gate(List.of(new Requirement.MinimumAccuracy(ball, minimum)), Optional.empty());
    }

    /**
     * Creates a gate with requirements on the evaluation only.
     *
     * @param trust limited, suspect or invalid; worse levels are forbidden, too
     * @return the gate
     */
    public static Gate forbiddingOnly(Trust trust) {
        return new Gate(List.of(), Optional.of(trust));
    }

    /**
     * Returns the same gate with one more requirement.
     *
     * @param requirement the requirement
     * @return the gate
     */
    public Gate and(Requirement requirement) {
        List<Requirement> all = new ArrayList<>(requirements);
        all.add(requirement);
        return new Gate(all, forbidden);
    }

    /**
     * Returns the same gate that also fails if the evaluation has this trust level or a worse one.
     *
     * @param trust limited, suspect or invalid; worse levels are forbidden, too
     * @return the gate
     */
    public Gate forbidding(Trust trust) {
        return new Gate(requirements, Optional.of(trust));
    }

    /**
     * Judges the record of a run.
     *
     * @param report the record
     * @return one judgement for each requirement, and one on the evaluation if a trust level is forbidden
     * @throws GauntletException if the report lacks what a requirement needs, such as its norm or budget
     */
    public Decision judge(RobustnessReport report) {
        List<Judgement> judgements = new ArrayList<>();
        for (Requirement requirement : requirements) {
            Judgement.OfModel judgement = requirement.judge(report);
            judgements.add(
                    report.trust() == Trust.INVALID && judgement.verdict() == Verdict.PASS
                            ? judgement.doubted("The evaluation is invalid: " + signs(report) + ".")
                            : judgement);
        }
        forbidden.ifPresent(worst -> judgements.add(trust(report, worst)));
        return new Decision(
                Verdict.worst(judgements.stream().map(Judgement::verdict).toList()), judgements);
    }

    private static Judgement trust(RobustnessReport report, Trust worst) {
        boolean allowed = report.trust().compareTo(worst) < 0;
        List<WarningSign> raised = report.diagnostics().stream()
                .filter(Diagnostic::raised)
                .map(Diagnostic::indicator)
                .toList();
        return new Judgement.OfEvaluation(
                "the evaluation is not " + worst,
                allowed ? Verdict.PASS : Verdict.FAIL,
                !raised.isEmpty()
                        ? "it is %s: %s".formatted(report.trust(), signs(report))
                        : report.diagnostics().isEmpty()
                                ? "no warning signs were measured"
                                : "no warning sign was found",
                report.trust(),
                raised);
    }

    private static String signs(RobustnessReport report) {
        return report.diagnostics().stream()
                .filter(Diagnostic::raised)
                .map(diagnostic -> diagnostic.indicator().toString())
                .collect(Collectors.joining(", "));
    }

    /**
     * The decision of a gate.
     *
     * @param verdict the worst of the judgements
     * @param judgements one for each requirement
     */
    public record Decision(Verdict verdict, List<Judgement> judgements) {
        public Decision {
            judgements = List.copyOf(judgements);
        }
    }
}

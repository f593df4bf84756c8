package dev.gauntlet.gate;

import dev.gauntlet.GauntletException;
import dev.gauntlet.diagnose.Diagnostic;
import dev.gauntlet.diagnose.Trust;
import dev.gauntlet.evaluate.RobustnessReport;
import dev.gauntlet.threat.LpBall;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * What a model has to fulfil, decided on intervals and not on points.
 *
 * <p>A requirement passes if the whole 95 % interval is on the right side of its threshold, fails if none of it is, and is
 * inconclusive otherwise. An invalid evaluation never passes.
 *
 * <p>Example: {@code Gate.requiring(LpBall.linf(8 / 255.0), 0.4).judge(report).verdict()}.
 *
 * @param requirements what is required; may be empty if something is forbidden
 * @param forbidden the least that may not be said of the evaluation itself: limited, suspect or invalid; empty if only
 *     passing is denied to invalid ones
 */
public record Gate(List<Requirement> requirements, Optional<Trust> forbidden) {
    public Gate {
        requirements = List.copyOf(requirements);
        if (requirements.isEmpty() && forbidden.isEmpty()) {
            throw new GauntletException("A gate requires at least one requirement or forbidden trust level.");
        }
        if (forbidden.isPresent() && forbidden.get() == Trust.TRUSTWORTHY) {
            throw new GauntletException(
                    "Only limited, suspect or invalid evaluations can be forbidden, not trustworthy ones.");
        }
    }

    /**
     * Makes a gate with one requirement.
     *
     * @param ball what the adversary may change
     * @param minimum the robust accuracy that is required, in [0,1]
     * @return the gate
     */
    public static Gate requiring(LpBall ball, double minimum) {
        return new Gate(List.of(new Requirement.MinimumAccuracy(ball, minimum)), Optional.empty());
    }

    /**
     * Makes a gate that asks nothing of the model, only of the evaluation.
     *
     * @param trust limited, suspect or invalid; what is worse is forbidden, too
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
     * Returns the same gate that also fails if the evaluation itself is not to be trusted.
     *
     * @param trust limited, suspect or invalid; what is worse is forbidden, too
     * @return the gate
     */
    public Gate forbidding(Trust trust) {
        return new Gate(requirements, Optional.of(trust));
    }

    /**
     * Judges the record of a run.
     *
     * @param report the record
     * @return one judgement for each requirement, and one of the evaluation itself
     * @throws GauntletException if the report has not what a requirement is about, such as another norm
     */
    public Decision judge(RobustnessReport report) {
        List<Judgement> judgements = new ArrayList<>();
        for (Requirement requirement : requirements) {
            Judgement judgement = requirement.judge(report);
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
        int raised =
                (int) report.diagnostics().stream().filter(Diagnostic::raised).count();
        return new Judgement(
                "the evaluation is not " + worst.toString().toLowerCase(Locale.ROOT),
                allowed ? Verdict.PASS : Verdict.FAIL,
                raised,
                raised,
                raised,
                0,
                report.outcomes().size(),
                raised == 0
                        ? report.diagnostics().isEmpty() ? "no signs were measured" : "no warning sign was found"
                        : "it is %s: %s".formatted(report.trust(), signs(report)),
                Judgement.NO_CLASS,
                new int[0],
                "");
    }

    private static String signs(RobustnessReport report) {
        return report.diagnostics().stream()
                .filter(Diagnostic::raised)
                .map(diagnostic -> diagnostic.indicator().toString())
                .collect(Collectors.joining(", "));
    }

    /**
     * What a gate decided.
     *
     * @param verdict the weightiest of the judgements
     * @param judgements one for each requirement
     */
    public record Decision(Verdict verdict, List<Judgement> judgements) {
        public Decision {
            judgements = List.copyOf(judgements);
        }
    }
}

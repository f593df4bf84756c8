package dev.gauntlet.junit;

import dev.gauntlet.diagnose.Trust;
import dev.gauntlet.evaluate.RobustnessReport;
import dev.gauntlet.gate.Gate;
import dev.gauntlet.gate.Verdict;
import java.util.Optional;
import org.junit.jupiter.api.Assumptions;

/**
 * Turns the record of a run into the result of a test.
 *
 * @param forbidden the forbidden trust level of the evaluation; worse levels are forbidden, too
 * @param inconclusiveAllowed whether an inconclusive test is aborted instead of failed
 */
record Conclusion(Optional<Trust> forbidden, boolean inconclusiveAllowed) {
    /** An inconclusive test fails, and no trust level is forbidden. */
    static final Conclusion DEFAULT = new Conclusion(Optional.empty(), false);

    Conclusion forbidding(Trust trust) {
        return new Conclusion(Optional.of(trust), inconclusiveAllowed);
    }

    Conclusion allowingInconclusive() {
        return new Conclusion(forbidden, true);
    }

    /**
     * Judges a run.
     *
     * @return the record of the run
     * @throws AssertionError if a requirement is not met, or the result is inconclusive
     */
    RobustnessReport of(RobustnessReport report, Gate gate) {
        Gate.Decision decision = forbidden.map(gate::forbidding).orElse(gate).judge(report);
        if (decision.verdict() != Verdict.PASS) {
            String message = Explanation.of(report, decision);
            if (decision.verdict() == Verdict.INCONCLUSIVE && inconclusiveAllowed) {
                Assumptions.abort(message);
            }
            throw new AssertionError(message);
        }
        return report;
    }
}

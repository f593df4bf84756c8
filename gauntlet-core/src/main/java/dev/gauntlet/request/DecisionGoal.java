package dev.gauntlet.request;

import dev.gauntlet.GauntletException;
import dev.gauntlet.threat.LpBall;
import java.util.List;

/**
 * What is to be settled: is the robust accuracy at least so much?
 *
 * @param epsilon at which budget; one of the plan
 * @param accuracy the accuracy in question, in [0,1]
 */
public record DecisionGoal(double epsilon, double accuracy) {
    public DecisionGoal {
        if (!(accuracy >= 0 && accuracy <= 1)) {
            throw new GauntletException(
                    "The accuracy to decide about is a share in [0,1], such as 0.4 for 40 %%, got %s."
                            .formatted(accuracy));
        }
    }

    /**
     * Refuses a question that an evaluation cannot answer.
     *
     * @param budgets the budgets of the evaluation
     * @throws GauntletException if the epsilon is not one of theirs
     */
    public void requireAsked(List<LpBall> budgets) {
        if (budgets.stream().noneMatch(ball -> ball.epsilon() == epsilon)) {
            throw new GauntletException("The epsilon %s to decide about is not one of the plan; it has %s in %s."
                    .formatted(
                            epsilon,
                            budgets.stream().map(LpBall::epsilon).toList(),
                            budgets.get(0).norm().title()));
        }
    }
}

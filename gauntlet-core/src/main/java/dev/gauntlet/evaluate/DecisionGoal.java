package dev.gauntlet.evaluate;

import dev.gauntlet.GauntletException;

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
                    "The accuracy to decide on must be in [0,1], such as 0.4 for 40 %%, got %s."
                            .formatted(accuracy));
        }
    }

    /** Refuses a question that the plan cannot answer. */
    void requireAsked(Plan<?> plan) {
        if (!plan.epsilons().contains(epsilon)) {
            throw new GauntletException("The epsilon %s to decide on is not in the plan; it has %s in %s."
                    .formatted(epsilon, plan.epsilons(), plan.norm().title()));
        }
    }
}

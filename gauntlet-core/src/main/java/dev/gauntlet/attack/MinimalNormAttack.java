package dev.gauntlet.attack;

import dev.gauntlet.attack.kit.AttackResult;
import dev.gauntlet.attack.kit.Findings;
import dev.gauntlet.attack.kit.Problem;
import dev.gauntlet.model.Classifier;

/**
 * An attack that searches for the nearest success at any distance.
 *
 * <p>A concrete attack implements only {@link #search}; the rest is the same for all attacks.
 *
 * @param <M> the access to the model that the attack requires
 */
public non-sealed interface MinimalNormAttack<M extends Classifier> extends Attack<M> {
    /**
     * Searches for the nearest success on each example.
     *
     * <p>Cost: one forward pass, and that of {@link #search}.
     *
     * @param model the model under attack
     * @param problem the problem
     * @return the result
     * @throws dev.gauntlet.GauntletException if the attack does not support the problem
     */
    default AttackResult nearest(M model, Problem problem) {
        requireFit(problem.norm(), problem.criterion());
        Findings findings = Findings.of(model, problem);
        if (findings.attacked().length > 0) {
            search(model, problem, findings);
        }
        return findings.result();
    }

    /**
     * Searches for the nearest success of each example.
     *
     * @param model the model under attack
     * @param problem the problem, which the attack supports
     * @param findings contains the clean outputs and at least one row to attack; stores the successes
     */
    void search(M model, Problem problem, Findings findings);
}

package dev.gauntlet.attack;

import dev.gauntlet.attack.kit.AttackResult;
import dev.gauntlet.attack.kit.Findings;
import dev.gauntlet.attack.kit.Problem;
import dev.gauntlet.model.Classifier;

/**
 * An attack that looks for the nearest success, however far it is.
 *
 * <p>A concrete attack writes only {@link #search}; what comes before and after is the same for all.
 *
 * @param <M> what the attack needs of a model
 */
public non-sealed interface MinimalNormAttack<M extends Classifier> extends Attack<M> {
    /**
     * Looks for each example for the nearest input that is what the adversary wants.
     *
     * <p>Cost: one forward pass, and that of {@link #search}.
     *
     * @param model the model under attack
     * @param problem what is asked
     * @return what was found
     * @throws dev.gauntlet.GauntletException if the attack is not made for the problem
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
     * @param problem what is asked; the attack fits it
     * @param findings the clean answers, with at least one row to attack; keeps the successes
     */
    void search(M model, Problem problem, Findings findings);
}

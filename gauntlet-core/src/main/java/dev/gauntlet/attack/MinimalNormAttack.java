package dev.gauntlet.attack;

import dev.gauntlet.model.Classifier;

/**
 * An attack that looks for the nearest success, however far it is.
 *
 * @param <M> what the attack needs of a model
 */
public non-sealed interface MinimalNormAttack<M extends Classifier> extends Attack<M> {
    /**
     * Looks for each example for the nearest input that is what the adversary wants.
     *
     * @param model the model under attack
     * @param problem what is asked
     * @return what was found
     * @throws dev.gauntlet.GauntletException if the attack is not made for the problem
     */
    AttackResult nearest(M model, Problem problem);
}

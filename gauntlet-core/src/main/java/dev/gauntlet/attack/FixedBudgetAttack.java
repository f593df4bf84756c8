package dev.gauntlet.attack;

import dev.gauntlet.model.Classifier;

/**
 * An attack that is told how far it may go and looks for a success there.
 *
 * @param <M> what the attack needs of a model
 */
public non-sealed interface FixedBudgetAttack<M extends Classifier> extends Attack<M> {
    /**
     * Does the work that all budgets share and returns the search within any one of them.
     *
     * @param model the model under attack
     * @param problem what is asked
     * @return the search, to be used by the calling thread only
     * @throws dev.gauntlet.GauntletException if the attack is not made for the problem
     */
    Search prepare(M model, Problem problem);

    /** The part of an attack that depends on the budget. */
    @FunctionalInterface
    interface Search {
        /**
         * Looks for each example for an input within the budget that is what the adversary wants.
         *
         * @param epsilon the budget in the norm of the problem, at least 0; 0 changes nothing
         * @return what was found
         */
        AttackResult within(double epsilon);
    }
}

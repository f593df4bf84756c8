package dev.gauntlet.attack;

import dev.gauntlet.data.Batch;
import dev.gauntlet.model.Classifier;
import dev.gauntlet.threat.LpBall;

/**
 * An attack that is told how far it may go and looks for the worst input there.
 *
 * @param <M> what the attack needs of a model
 */
public non-sealed interface FixedBudgetAttack<M extends Classifier> extends Attack<M> {
    /**
     * Does the work that all budgets share and returns the search within any one of them.
     *
     * @param model the model under attack
     * @param clean the clean examples with their true labels
     * @return the search, to be used by the calling thread only
     */
    Search prepare(M model, Batch clean);

    /** The part of an attack that depends on the budget. */
    @FunctionalInterface
    interface Search {
        /**
         * Finds for each example an input within the budget that the model is likely to get wrong.
         *
         * @param ball the budget
         * @return new pixels, in the layout of the clean batch
         */
        float[] within(LpBall ball);
    }
}

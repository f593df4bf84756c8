package dev.gauntlet.attack;

import dev.gauntlet.model.Classifier;
import java.util.Map;

/**
 * A configured attack: an immutable value that holds the options of the method and nothing of the problem.
 *
 * @param <M> what the attack needs of a model
 */
public sealed interface Attack<M extends Classifier> permits FixedBudgetAttack {
    /**
     * Returns the name used in records and on the command line.
     *
     * @return the name, such as {@code fgsm}
     */
    String name();

    /**
     * Returns every option of this attack with its value, as it goes into the record of a run.
     *
     * @return the options by name
     */
    Map<String, String> options();
}

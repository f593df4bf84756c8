package dev.gauntlet.threat;

import dev.gauntlet.GauntletException;
import dev.gauntlet.loss.Loss;

/** What the adversary wants the model to say. */
public sealed interface Criterion permits Misclassified, Targeted {
    /**
     * Reads a criterion from a record.
     *
     * @param name what {@link #name} gave
     * @param classes the number of classes K
     * @return the criterion
     * @throws GauntletException if there is no such criterion, or not for this number of classes
     */
    static Criterion parse(String name, int classes) {
        if (name.equals(new Misclassified().name())) {
            return new Misclassified();
        }
        if (name.startsWith(Targeted.PREFIX)) {
            return Targeted.parse(name.substring(Targeted.PREFIX.length()), classes);
        }
        throw new GauntletException("Unknown criterion '%s'; there are misclassified and, for example, %s3."
                .formatted(name, Targeted.PREFIX));
    }

    /**
     * Returns the name used in records.
     *
     * @return the name
     */
    String name();

    /**
     * Tells whether there is anything to want of an example: one that is of the target class already is left alone.
     *
     * @param label the true class
     * @return whether examples of this class are attacked
     */
    boolean appliesTo(int label);

    /**
     * Tells whether a prediction is what the adversary wants.
     *
     * @param prediction the predicted class
     * @param label the true class
     * @return whether the attack has succeeded
     */
    boolean isMet(int prediction, int label);

    /**
     * Turns a loss into what the adversary increases.
     *
     * @param loss the loss with the true class
     * @param label the true class
     * @return the loss to increase for an example of this class
     */
    Loss objective(Loss loss, int label);
}

package dev.gauntlet.threat;

import dev.gauntlet.GauntletException;
import dev.gauntlet.loss.Loss;

/** The predictions that count as a success of the adversary. */
public sealed interface Criterion permits Misclassified, Targeted {
    /**
     * Reads a criterion from a record.
     *
     * @param name the value of {@link #name}
     * @param classes the number of classes K
     * @return the criterion
     * @throws GauntletException if the name is unknown or does not fit the number of classes
     */
    static Criterion parse(String name, int classes) {
        if (name.equals(new Misclassified().name())) {
            return new Misclassified();
        }
        if (name.startsWith(Targeted.PREFIX)) {
            return Targeted.parse(name.substring(Targeted.PREFIX.length()), classes);
        }
        throw new GauntletException("Unknown criterion '%s'; known are misclassified and, for example, %s3."
                .formatted(name, Targeted.PREFIX));
    }

    /**
     * Returns the name used in records.
     *
     * @return the name
     */
    String name();

    /**
     * Tells whether examples of a class are attacked: one whose true class is its own target is not.
     *
     * @param label the true class
     * @return whether examples of this class are attacked
     */
    boolean appliesTo(int label);

    /**
     * Tells whether a prediction is a success of the adversary.
     *
     * @param prediction the predicted class
     * @param label the true class
     * @return whether the attack has succeeded
     */
    boolean isMet(int prediction, int label);

    /**
     * Converts a loss into the loss that the adversary maximizes.
     *
     * @param loss the loss with the true class
     * @param label the true class
     * @return the loss to maximize for an example of this class
     */
    Loss objective(Loss loss, int label);
}

package dev.gauntlet.torch.objective;

import java.util.Map;

/**
 * What a training minimizes: for adversarial objectives the loss on the images that an adversary makes of the clean ones.
 *
 * <p>A step has two parts. {@link #attack} is the adversary's: it returns the images with a large loss. {@link #descend}
 * is the trainer's: it computes the loss and its derivative with respect to the logits; the trainer then changes the
 * weights. Perturbations are measured in the L-infinity norm, in raw pixels from 0 to 1.
 *
 * <p>Example: {@code Trainer.defaults().withObjective(FastAdversarial.within(0.1))}.
 */
public sealed interface TrainingObjective
        permits CrownIntervalBounds,
                FastAdversarial,
                GaussianAugmentation,
                IntervalBounds,
                Mart,
                PgdAdversarial,
                Standard,
                Trades {
    /**
     * Returns the name used in records and on the command line.
     *
     * @return the name, such as {@code fast}
     */
    String name();

    /**
     * Returns the largest change of a pixel against which the network is trained.
     *
     * @return the budget in L-infinity; 0 for an objective without an adversary
     */
    default double epsilon() {
        return 0;
    }

    /**
     * Returns the options other than epsilon.
     *
     * @return the values by the option's name, sorted by name
     */
    Map<String, String> options();

    /**
     * Returns the share of the training after which epsilon has its full size.
     *
     * @return a number from 0 to 1; 0 if it is never smaller
     */
    default double rampEnd() {
        return 0;
    }

    /**
     * Tells whether the training is on bounds, for a network that is to be certified: the best epoch is then the one with the
     * most certified images instead of the one with the highest accuracy under PGD.
     *
     * @return whether interval bounds of the network are needed
     */
    default boolean isOnBounds() {
        return false;
    }

    /**
     * Searches for images on which the network does badly.
     *
     * @param step the images, and the network as it is now
     * @return the images in the layout of the batch; the clean ones for an objective without an adversary
     */
    default float[] attack(TrainingStep step) {
        return step.clean().pixels();
    }

    /**
     * Computes the loss, and gives the trainer its derivative.
     *
     * @param step the images, and the network as it is now
     * @param attacked the images of {@link #attack}
     * @return what was measured on the way
     */
    default Measurement descend(TrainingStep step, float[] attacked) {
        return BatchLoss.crossEntropy(step, step.forward(attacked), 1);
    }

    /**
     * Returns the objective that replaces this one once catastrophic overfitting was found.
     *
     * @return another objective for the same budget, or this one
     */
    default TrainingObjective afterOverfitting() {
        return this;
    }

    /**
     * What is measured in a step of the training.
     *
     * @param loss the sum of the losses of the examples
     * @param correct the number of images that were classified correctly, attacked ones where there is an adversary
     */
    record Measurement(double loss, int correct) {}
}

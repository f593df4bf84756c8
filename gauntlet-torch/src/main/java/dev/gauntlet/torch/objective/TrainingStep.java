package dev.gauntlet.torch.objective;

import dev.gauntlet.RandomKey;
import dev.gauntlet.data.Batch;
import dev.gauntlet.model.DifferentiableClassifier;
import dev.gauntlet.model.Logits;

/** One step of a training: its images, and the network as it is now. */
public interface TrainingStep {
    /**
     * Returns the images with their labels.
     *
     * @return the clean images
     */
    Batch clean();

    /**
     * Returns how much of the training is over.
     *
     * @return a share, at least 0 and below 1
     */
    double progress();

    /**
     * Returns the random numbers of one example in this epoch.
     *
     * @param row the row of the example
     * @return the key, which depends on the number of the example and not on its row
     */
    RandomKey randomness(int row);

    /**
     * Returns the network as an adversary sees it: without dropout, and without a trace in the gradients of the weights.
     *
     * @return the network with its present weights
     */
    DifferentiableClassifier model();

    /**
     * Computes logits through which the weights are trained, with dropout.
     *
     * @param pixels images in the layout of the batch
     * @return the logits
     */
    Pass forward(float[] pixels);

    /**
     * Bounds the logits of all images in a box by interval arithmetic, through which the weights are trained. The last layer
     * is merged with the differences of logits, as Gowal et al. 2018 do.
     *
     * @param lower the smallest value of each pixel
     * @param upper the largest value of each pixel
     * @param linearShare the share in the result of another bound, by linear functions of the pixels over these intervals
     *     (CROWN-IBP, Zhang et al. 2020), from 0 to 1; it costs a pass back for each class
     * @return for each class the upper bound of its logit minus that of the true class; 0 for the true class
     * @throws dev.gauntlet.GauntletException if the network has a layer without such bounds
     */
    Pass worstLogits(float[] lower, float[] upper, double linearShare);

    /** Logits through which the weights are trained. */
    interface Pass {
        /**
         * Returns the logits.
         *
         * @return one row per image
         */
        Logits logits();

        /**
         * Gives the derivative of what is minimized with respect to these logits.
         *
         * @param derivative the derivative in the layout of the logits; kept until the end of the step
         */
        void descend(float[] derivative);
    }
}

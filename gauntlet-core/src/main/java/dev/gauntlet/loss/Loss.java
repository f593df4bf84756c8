package dev.gauntlet.loss;

/**
 * A loss of one example's logits, computed in double precision; a larger loss is worse for the model.
 *
 * <p>The loss is not reduced over a batch: engines back-propagate the sum, so the input gradient of an example does not
 * depend on the other examples.
 */
public interface Loss {
    /**
     * Returns the name under which the loss appears in records and on the command line.
     *
     * @return the name, in lower case with hyphens
     */
    String name();

    /**
     * Computes the loss of one example.
     *
     * @param logits the logits of a batch, one example after the other
     * @param offset the index of the example's first logit
     * @param classes the number of classes K, at least 2
     * @param label the true class, from 0 to K-1
     * @return the loss
     */
    double value(float[] logits, int offset, int classes, int label);

    /**
     * Computes the loss of one example and its derivative with respect to each logit.
     *
     * @param logits the logits of a batch, one example after the other
     * @param offset the index of the example's first logit
     * @param classes the number of classes K, at least 2
     * @param label the true class, from 0 to K-1
     * @param derivative receives dL/dlogits at the indices {@code offset} to {@code offset + classes - 1}
     * @return the loss
     */
    double valueAndDerivative(float[] logits, int offset, int classes, int label, float[] derivative);

    /**
     * Returns the loss of an adversary with a target class; a larger loss is closer to the target.
     *
     * @param target the target class, from 0 to K-1
     * @return this loss with the target in place of the true class, negated, unless the paper of the loss defines
     *     another targeted form; for a loss of a fixed class, the same loss of the target
     * @throws dev.gauntlet.GauntletException if the target is negative or, when the loss is computed, not a class of
     *     the model
     */
    default Loss towards(int target) {
        return new TargetedLoss(this, target);
    }
}

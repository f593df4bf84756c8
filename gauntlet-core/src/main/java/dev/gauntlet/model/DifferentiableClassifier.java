package dev.gauntlet.model;

import dev.gauntlet.data.Batch;
import dev.gauntlet.loss.Loss;

/** A classifier whose input gradient can be computed, as white-box attacks need. */
public interface DifferentiableClassifier extends Classifier {
    /**
     * Computes, with one forward and one backward pass, the logits, the loss and its gradient by the input.
     *
     * @param batch the examples with their true labels
     * @param loss the loss of one example; the gradient of each example is of its own loss alone
     * @return logits, losses and gradients in the order of the batch
     */
    Gradient gradient(Batch batch, Loss loss);
}

package dev.gauntlet.model;

import dev.gauntlet.data.Batch;
import dev.gauntlet.loss.Loss;
import java.util.function.IntFunction;

/** A classifier whose input gradient can be computed, as white-box attacks require. */
public interface DifferentiableClassifier extends Classifier {
    /**
     * Computes the logits, the losses and their input gradients with one forward and one backward pass; each example
     * may have its own loss.
     *
     * @param batch the examples with their true labels
     * @param lossOfRow the loss of the example in a given row of the batch
     * @return logits, losses and gradients in the order of the batch; the gradient of each example is of its own loss
     *     alone
     */
    Gradient gradient(Batch batch, IntFunction<? extends Loss> lossOfRow);

    /**
     * Computes the logits, the losses and their input gradients with one forward and one backward pass.
     *
     * @param batch the examples with their true labels
     * @param loss the loss of one example; the gradient of each example is of its own loss alone
     * @return logits, losses and gradients in the order of the batch
     */
    default Gradient gradient(Batch batch, Loss loss) {
        return gradient(batch, row -> loss);
    }
}

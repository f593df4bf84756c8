package dev.gauntlet.model;

import dev.gauntlet.data.Batch;
import dev.gauntlet.data.ImageShape;
import java.util.List;
import java.util.Optional;

/**
 * A frozen, deterministic function from images with raw pixels in [0,1] to one logit per class.
 *
 * <p>Normalization, if any, is part of the model. Several threads may use a classifier at once; the logits of an
 * example do not depend on the thread.
 */
public interface Classifier extends AutoCloseable {
    /**
     * Describes this model.
     *
     * @return the description for the record of a run
     */
    ModelCard card();

    /**
     * Computes the logits of each example.
     *
     * @param batch the examples
     * @return one row of logits per example
     */
    Logits logits(Batch batch);

    /**
     * Begins a series of questions about images that change by a few pixels at a time.
     *
     * @return what answers them; used by one thread at a time
     */
    default ChangingImages changing() {
        return ChangingImages.inFull(this);
    }

    /**
     * Tells whether the model returns only the predicted class; its logits are then 0 for the predicted class and -1
     * for the others.
     *
     * @return whether only decision-based attacks make sense
     */
    default boolean givesOnlyClasses() {
        return false;
    }

    /**
     * Returns the shape of the images that the model takes, if it takes images of one shape alone and rows of as many numbers
     * stand for them.
     *
     * @return the shape; empty if the model does not tell
     */
    default Optional<ImageShape> inputShape() {
        return Optional.empty();
    }

    /**
     * Says what the model is made of, for people.
     *
     * @return a line for each layer, or for each tensor of weights where no more is known; empty if nothing is
     */
    default List<String> layers() {
        return List.of();
    }

    /**
     * Returns the structure of the model, which certificates need.
     *
     * @return the graph of its layers, which may contain operators without a rule; empty if the engine does not know it
     */
    default Optional<LayerGraph> layerGraph() {
        return Optional.empty();
    }

    /** Frees what the model holds outside the Java heap; the model cannot be used afterwards. */
    @Override
    void close();
}

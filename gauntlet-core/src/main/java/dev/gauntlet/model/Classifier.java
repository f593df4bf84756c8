package dev.gauntlet.model;

import dev.gauntlet.data.Batch;

/**
 * A frozen, deterministic function from images in raw units of [0,1] to one logit per class.
 *
 * <p>Normalisation, if any, belongs to the model. A classifier may be used by several threads at once; the logits of an
 * example do not depend on the thread.
 */
public interface Classifier extends AutoCloseable {
    /**
     * Tells what this model is.
     *
     * @return the description, as it goes into the record of a run
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
     * Tells whether the model gives nothing but the predicted class, so that its logits say no more than that: 0 for the
     * predicted class and -1 for the others.
     *
     * @return whether only attacks that ask for the class alone make sense
     */
    default boolean givesOnlyClasses() {
        return false;
    }

    /** Frees what the model holds outside the Java heap; the model cannot be used afterwards. */
    @Override
    void close();
}

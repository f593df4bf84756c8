package dev.gauntlet.evaluate.shard;

import dev.gauntlet.data.Batch;
import java.util.function.Supplier;

/** Sees every pass of a model. */
public interface PassWatch {
    /**
     * Sends a batch through the model and counts it.
     *
     * @param gradient whether the batch goes backward, too
     * @param pass asks the model
     * @return the model's answer
     * @throws TimeUp if the time of the evaluation is up, or would be before the answer is there
     */
    <T> T pass(Batch batch, boolean gradient, Supplier<T> pass);
}

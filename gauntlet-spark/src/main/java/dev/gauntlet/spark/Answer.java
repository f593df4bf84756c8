package dev.gauntlet.spark;

import dev.gauntlet.GauntletException;
import dev.gauntlet.evaluate.shard.ShardResult;
import java.io.IOException;
import java.io.Serializable;
import org.apache.spark.SparkEnv;
import org.jspecify.annotations.Nullable;

/**
 * What an executor gives back for a task.
 *
 * @param executor the executor
 * @param host its machine
 * @param result the result as bytes; null if there is none
 * @param failure why there is none, in a sentence; null if there is one
 */
record Answer(
        String executor,
        String host,
        byte @Nullable [] result,
        @Nullable String failure) implements Serializable {
    static Answer of(ShardResult result) {
        return new Answer(SparkEnv.get().executorId(), Host.name(), result.bytes(), null);
    }

    static Answer failed(String reason) {
        return new Answer(SparkEnv.get().executorId(), Host.name(), null, reason);
    }

    /** Reads the result, if there is one. */
    ShardResult read() {
        if (result == null) {
            throw new IllegalStateException(String.valueOf(failure));
        }
        try {
            return ShardResult.of(result);
        } catch (IOException e) {
            throw new GauntletException(
                    "What the executor on %s gave back is not a result (%s); use the same version of Gauntlet everywhere."
                            .formatted(host, e.getMessage()),
                    e);
        }
    }
}

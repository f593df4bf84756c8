package dev.gauntlet.certify;

import dev.gauntlet.data.Batch;
import dev.gauntlet.threat.LpBall;
import java.util.List;

/** A certifier with a prepared model; used by one thread at a time. */
public interface Certification extends AutoCloseable {
    /**
     * Certifies examples.
     *
     * @param batch the examples with their true labels
     * @param ball what the adversary may do
     * @return one certificate per example, in the order of the batch
     */
    List<Certificate> certify(Batch batch, LpBall ball);

    /** Frees what the prepared model holds; the model itself stays open. */
    @Override
    void close();
}

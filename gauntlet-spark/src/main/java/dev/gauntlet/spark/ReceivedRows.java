package dev.gauntlet.spark;

import dev.gauntlet.evaluate.shard.ExampleRows;
import java.io.IOException;
import java.lang.ref.SoftReference;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.SparkEnv;
import org.apache.spark.broadcast.Broadcast;

/** The images that an executor has received, kept for its other tasks while there is memory for them. */
final class ReceivedRows {
    private static final Map<String, SoftReference<ExampleRows>> PARTS = new HashMap<>();

    private ReceivedRows() {}

    /**
     * Returns some images.
     *
     * @param parts the parts that have them
     * @param ids their numbers
     */
    static ExampleRows of(List<Broadcast<byte[]>> parts, int... ids) throws IOException {
        List<ExampleRows> read = new ArrayList<>();
        for (Broadcast<byte[]> part : parts) {
            read.add(part(part));
        }
        return ExampleRows.of(read, ids);
    }

    private static synchronized ExampleRows part(Broadcast<byte[]> part) throws IOException {
        // the numbers begin anew with each application, of which a process may have several, one after the other
        String name = SparkEnv.get().conf().getAppId() + " " + part.id();
        SoftReference<ExampleRows> kept = PARTS.get(name);
        ExampleRows rows = kept == null ? null : kept.get();
        if (rows == null) {
            PARTS.values().removeIf(other -> other.get() == null);
            rows = ExampleRows.of(part.value());
            PARTS.put(name, new SoftReference<>(rows));
        }
        return rows;
    }
}

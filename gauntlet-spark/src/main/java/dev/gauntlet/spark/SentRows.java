package dev.gauntlet.spark;

import dev.gauntlet.data.Dataset;
import dev.gauntlet.evaluate.shard.ExampleRows;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Iterator;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;

/**
 * The images that the executors can get, in parts of which an executor gets only those that its tasks need. Spark moves parts to
 * the disk where they do not fit into memory.
 */
final class SentRows {
    /** The setting of the largest part, in bytes of pixels. */
    static final String LARGEST_PART = "spark.gauntlet.largestPart";

    private final List<Part> parts = new ArrayList<>();

    /** Some images, as the bytes of {@link ExampleRows}. */
    private record Part(BitSet ids, Broadcast<byte[]> rows) {}

    /**
     * Makes the images of a stage available, and forgets the parts of which none is needed.
     *
     * @param needed their numbers
     */
    void send(JavaSparkContext spark, Dataset data, BitSet needed) {
        Iterator<Part> old = parts.iterator();
        while (old.hasNext()) {
            Part part = old.next();
            if (!part.ids().intersects(needed)) {
                part.rows().destroy();
                old.remove();
            }
        }
        BitSet missing = (BitSet) needed.clone();
        parts.forEach(part -> missing.andNot(part.ids()));
        int[] ids = missing.stream().toArray();
        long largest = spark.getConf().getSizeAsBytes(LARGEST_PART, "32m");
        int together =
                (int) Math.max(1, largest / (Float.BYTES * (long) data.shape().size()));
        for (int first = 0; first < ids.length; first += together) {
            int[] some = Arrays.copyOfRange(ids, first, Math.min(ids.length, first + together));
            BitSet part = new BitSet();
            Arrays.stream(some).forEach(part::set);
            parts.add(new Part(part, spark.broadcast(ExampleRows.of(data, some).bytes())));
        }
    }

    /** Returns all parts. */
    List<Broadcast<byte[]>> parts() {
        return parts.stream().map(Part::rows).toList();
    }

    /** Returns which parts have some images. */
    int[] places(int... ids) {
        BitSet wanted = new BitSet();
        Arrays.stream(ids).forEach(wanted::set);
        return IntStream.range(0, parts.size())
                .filter(place -> parts.get(place).ids().intersects(wanted))
                .toArray();
    }

    /** Forgets all images. */
    void forget() {
        parts.forEach(part -> part.rows().destroy());
        parts.clear();
    }
}

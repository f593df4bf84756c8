package dev.gauntlet.evaluate;

import dev.gauntlet.RandomKey;
import dev.gauntlet.data.Dataset;
import dev.gauntlet.data.Sample;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Which examples are evaluated, which of them as one block, and how many together.
 *
 * @param ids their numbers in the data set, in an order whose every part is a stratified random sample
 * @param sizes how many are computed together
 * @param blockSize how many pass all stages before the next ones begin
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record Sharding(int[] ids, Sizes sizes, int blockSize) {
    /** Into how many parts a small sample is divided, so that there is work for several workers. */
    private static final int PARTS = 8;

    /** Fewer examples than these would waste the power of the engine. */
    private static final int SMALL = 50;

    /** Of more examples than these not even the numbers are kept in memory at once. */
    private static final int LARGEST_BLOCK = 20_000;

    /**
     * Divides the examples of a plan.
     *
     * @param mayEndEarly whether the evaluation may end before all examples are evaluated, and so has to finish small blocks
     */
    static Sharding of(Dataset data, Plan<?> plan, boolean mayEndEarly) {
        RandomKey randomness = RandomKey.of(plan.seed());
        int[] ids = Sample.spread(data, Sample.stratified(data, plan.examples(), randomness), randomness);
        Sizes sizes = Sizes.of(data, plan, ids.length);
        int parts = mayEndEarly ? divided(SMALL, sizes.first) : Math.max(1, LARGEST_BLOCK / sizes.first);
        return new Sharding(ids, sizes, (int) Math.min(ids.length, (long) parts * sizes.first));
    }

    /** Returns how many tasks of an evaluation can be computed at once at most. */
    static int tasks(Dataset data, Plan<?> plan) {
        int examples = Math.min(plan.examples(), data.size());
        return divided(examples, Sizes.of(data, plan, examples).first);
    }

    private static int divided(int examples, int size) {
        return (examples - 1) / size + 1;
    }

    Sharding withBlocksOf(int size) {
        return new Sharding(ids, sizes, size);
    }

    int examples() {
        return ids.length;
    }

    int blocks() {
        return divided(ids.length, blockSize);
    }

    /** Returns the numbers of the examples of a block, in the order of the sample. */
    int[] block(int number) {
        return Arrays.copyOfRange(ids, number * blockSize, Math.min(ids.length, (number + 1) * blockSize));
    }

    /** Returns how many tasks the first stage of a block has. */
    int tasksOfBlock() {
        return divided(blockSize, sizes.first);
    }

    /**
     * How many examples are computed together.
     *
     * @param most how many at most
     * @param first how many in the first stage
     */
    record Sizes(int most, int first) {
        static Sizes of(Dataset data, Plan<?> plan, int examples) {
            int most = plan.shardSizeFor(data.shape());
            return new Sizes(most, together(most, examples));
        }

        /** Returns how many of some examples are computed together, so that there is work for several workers. */
        private static int together(int most, int examples) {
            return Math.min(most, Math.max(SMALL, divided(examples, PARTS)));
        }

        /** Divides the rows of a block for the first stage. */
        List<int[]> parts(int[] rows) {
            return parts(rows, first);
        }

        /** Packs those rows of a block that go on, into no more parts than the first stage has. */
        List<int[]> packed(int[] rows, int blockSize) {
            return parts(rows, Math.max(together(most, rows.length), divided(rows.length, divided(blockSize, first))));
        }

        private static List<int[]> parts(int[] rows, int size) {
            List<int[]> parts = new ArrayList<>();
            for (int from = 0; from < rows.length; from += size) {
                int[] part = Arrays.copyOfRange(rows, from, Math.min(rows.length, from + size));
                Arrays.sort(part);
                parts.add(part);
            }
            return parts;
        }
    }
}

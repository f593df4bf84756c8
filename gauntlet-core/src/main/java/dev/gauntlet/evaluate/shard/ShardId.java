package dev.gauntlet.evaluate.shard;

import java.util.Comparator;

/**
 * The place of a task in its evaluation; the same in every run of it.
 *
 * @param block the block of examples, counted from 0
 * @param stage what is done with the block: 0 for its clean images, then the attacks in their order
 * @param number the place among the tasks of block and stage, counted from 0
 */
public record ShardId(int block, int stage, int number) implements Comparable<ShardId> {
    private static final Comparator<ShardId> ORDER = Comparator.comparingInt(ShardId::block)
            .thenComparingInt(ShardId::stage)
            .thenComparingInt(ShardId::number);

    /** Compares places in the order of the work. */
    @Override
    public int compareTo(ShardId other) {
        return ORDER.compare(this, other);
    }

    /**
     * Returns a name for files, in the order of the work.
     *
     * @return the name, such as {@code 0000-02-00017}
     */
    @Override
    public String toString() {
        return "%04d-%02d-%05d".formatted(block, stage, number);
    }
}

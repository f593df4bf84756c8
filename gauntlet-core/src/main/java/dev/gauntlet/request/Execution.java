package dev.gauntlet.request;

import dev.gauntlet.GauntletException;
import dev.gauntlet.data.ImageShape;
import java.util.OptionalInt;

/**
 * How the work of an evaluation is divided.
 *
 * @param shardSize how many examples are computed together at most, at least 1; absent for as many as fit their size. The
 *     last bits of a result may depend on it
 * @param workers how many threads compute, at least 1; absent for one per processor. A result never depends on it
 */
public record Execution(OptionalInt shardSize, OptionalInt workers) {
    /** As many examples together as fit their size, and one worker per processor. */
    public static final Execution AUTOMATIC = new Execution(OptionalInt.empty(), OptionalInt.empty());

    /** The most examples that are computed together unless more are asked for. */
    private static final int LARGEST_SHARD = 1000;

    /** This many numbers of all images of a shard make arrays of 4 MB, of which an attack keeps a dozen or two. */
    private static final int NUMBERS_OF_A_SHARD = 1 << 20;

    /** Fewer at once waste most of the time of a large network. */
    private static final int FEWEST_TOGETHER = 8;

    /**
     * A sample of at least this many examples is divided into four shards, so that there is work for several workers, but not into
     * more: a pass of a fully connected network over 100 examples takes 1.2 times as long per example as one over 1,000, over 50
     * examples 1.6 times.
     */
    private static final int FOUR_SHARDS_FROM = 300;

    /**
     * A sample of at least this many is divided into two, because attacks that take long try several targets at once, which makes
     * their passes larger.
     */
    private static final int TWO_SHARDS_FROM = 2 * FEWEST_TOGETHER;

    private static final int MANY_SHARDS = 8;

    public Execution {
        if (shardSize.isPresent() && shardSize.getAsInt() < 1) {
            throw new GauntletException("The shard size must be at least 1, got " + shardSize.getAsInt() + ".");
        }
        if (workers.isPresent() && workers.getAsInt() < 1) {
            throw new GauntletException("The number of workers must be at least 1, got " + workers.getAsInt() + ".");
        }
    }

    /**
     * Returns how many images of a shape are computed together at most.
     *
     * @param shape the shape of an image
     * @return the shard size that was asked for, or one that fits the images
     */
    public int shardSize(ImageShape shape) {
        return shardSize.orElseGet(
                () -> Math.min(LARGEST_SHARD, Math.max(FEWEST_TOGETHER, NUMBERS_OF_A_SHARD / shape.size())));
    }

    /**
     * Returns how many images of a sample are computed together at most: a sample is divided into equal shards, an even
     * number of them unless their size was asked for, so that two workers have the same work; but not into small ones, which are slow.
     *
     * @param shape the shape of an image
     * @param examples the size of the sample, at least 1
     * @return the shard size
     */
    public int shardSize(ImageShape shape, int examples) {
        int most = shardSize(shape);
        int shards = examples >= FOUR_SHARDS_FROM ? 4 : examples >= TWO_SHARDS_FROM ? 2 : 1;
        int needed = (examples - 1) / most + 1;
        // what is asked for stays; of many shards one more for one of two workers does not matter
        int even = shardSize.isPresent() || needed == 1 || needed > MANY_SHARDS ? needed : needed + needed % 2;
        return Math.min(most, (examples - 1) / Math.max(shards, even) + 1);
    }

    Execution withoutWorkers() {
        return new Execution(shardSize, OptionalInt.empty());
    }
}

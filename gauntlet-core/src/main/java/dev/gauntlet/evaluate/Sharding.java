package dev.gauntlet.evaluate;

import dev.gauntlet.RandomKey;
import dev.gauntlet.data.Dataset;
import dev.gauntlet.data.Sample;
import java.util.Arrays;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;

/**
 * Which examples are evaluated, and which of them together.
 *
 * @param ids their numbers in the data set, in an order whose every beginning is a stratified random sample
 * @param size how many are computed together at most
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record Sharding(int[] ids, int size) {
    static Sharding of(Dataset data, Plan<?> plan) {
        RandomKey randomness = RandomKey.of(plan.seed());
        int[] ids =
                Sample.spread(data, Sample.stratified(data, plan.sampling().size(data.size()), randomness), randomness);
        return new Sharding(ids, size(data, plan, ids.length));
    }

    /** Returns into how many shards an evaluation is divided. */
    static int shards(Dataset data, Plan<?> plan) {
        int examples = plan.sampling().size(data.size());
        return shards(examples, size(data, plan, examples));
    }

    private static int size(Dataset data, Plan<?> plan, int examples) {
        return plan.execution().shardSize(data.shape(), examples);
    }

    private static int shards(int examples, int size) {
        return 1 + (examples - 1) / size;
    }

    int examples() {
        return ids.length;
    }

    int shards() {
        return shards(ids.length, size);
    }

    /** Returns the numbers of the examples of a shard, in growing order. */
    int[] idsOf(int shard) {
        int[] own = Arrays.copyOfRange(ids, shard * size, Math.min(ids.length, (shard + 1) * size));
        Arrays.sort(own);
        return own;
    }

    /** Counts the examples of some shards. */
    int examples(IntPredicate shard) {
        return IntStream.range(0, shards())
                .filter(shard)
                .map(number -> Math.min(ids.length - number * size, size))
                .sum();
    }
}

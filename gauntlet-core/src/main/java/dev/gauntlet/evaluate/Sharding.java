package dev.gauntlet.evaluate;

import dev.gauntlet.RandomKey;
import dev.gauntlet.data.Dataset;
import dev.gauntlet.data.ImageShape;
import dev.gauntlet.data.Sample;
import dev.gauntlet.request.Execution;
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
    /** A block that an evaluation may end after has at least this many examples, unless there are no more. */
    private static final int SMALL_BLOCK = 50;

    /** An evaluation that may end early may do so after each of about this many parts. */
    private static final int BLOCKS = 8;

    /** A task certifies at most this many examples. */
    private static final int CERTIFIED_TOGETHER = 32;

    /** Results of at most this many examples are kept in memory in full. */
    private static final int LARGEST_BLOCK = 20_000;

    /**
     * Divides the examples of a plan.
     *
     * @param mayEndEarly whether the evaluation may end before all examples are evaluated, and so has to finish small blocks
     */
    static Sharding of(Dataset data, Plan<?> plan, boolean mayEndEarly) {
        RandomKey randomness = RandomKey.of(plan.seed());
        int[] ids =
                Sample.spread(data, Sample.stratified(data, plan.sampling().size(data.size()), randomness), randomness);
        Sizes sizes = new Sizes(plan.execution(), data.shape(), ids.length);
        int blockSize = mayEndEarly
                ? smallBlock(sizes.first(), ids.length)
                : Math.max(1, LARGEST_BLOCK / sizes.first()) * sizes.first();
        return new Sharding(ids, sizes, Math.min(ids.length, blockSize));
    }

    /** Returns the size of a block that an evaluation may end after: part of a task of the first stage, or some of them. */
    private static int smallBlock(int task, int examples) {
        return task < SMALL_BLOCK
                ? divided(SMALL_BLOCK, task) * task
                : Math.min(task, Math.max(SMALL_BLOCK, divided(examples, BLOCKS)));
    }

    /** Returns how many tasks of an evaluation can be computed at once at most. */
    static int tasks(Dataset data, Plan<?> plan) {
        int examples = plan.sampling().size(data.size());
        return divided(examples, new Sizes(plan.execution(), data.shape(), examples).first());
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
        return divided(blockSize, sizes.first());
    }

    /**
     * How many examples are computed together.
     *
     * @param execution how the work is divided
     * @param shape the shape of an image
     * @param sample how many examples are evaluated, at least 1
     */
    record Sizes(Execution execution, ImageShape shape, int sample) {
        /** Returns how many examples are computed together in the first stage. */
        int first() {
            return execution.shardSize(shape, sample);
        }

        /** Divides the rows of a block for the first stage. */
        List<int[]> parts(int[] rows) {
            return parts(rows, first());
        }

        /**
         * Packs the rows of a block that a later stage has left, into no more parts than the first stage has.
         *
         * @param rows the rows in any order
         * @param blockSize how many rows the block has
         */
        List<int[]> packed(int[] rows, int blockSize) {
            return parts(
                    rows,
                    Math.max(
                            execution.shardSize(shape, rows.length),
                            divided(rows.length, divided(blockSize, first()))));
        }

        /**
         * Divides the rows to be certified: a proof takes far longer than an attack, so there are more parts.
         *
         * @param rows the rows in any order
         */
        List<int[]> certified(int[] rows) {
            return parts(rows, Math.min(first(), CERTIFIED_TOGETHER));
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

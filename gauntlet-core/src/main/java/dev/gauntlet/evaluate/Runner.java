package dev.gauntlet.evaluate;

import java.util.List;
import java.util.function.Function;
import java.util.function.IntFunction;

/** Where the shards of an evaluation are computed. */
public interface Runner {
    /**
     * Computes all shards and holds of their results only what is to be kept, so that many take hardly more memory than
     * few.
     *
     * @param shards the number of shards
     * @param work computes the shard of a given number, counted from 0; may be called by several threads
     * @param finished given each result once, in no particular order, by one thread at a time; returns what is kept of it
     * @param <R> what a shard gives
     * @param <K> what is kept
     * @return what is kept, in the order of the shards
     */
    <R, K> List<K> run(int shards, IntFunction<R> work, Function<? super R, ? extends K> finished);

    /**
     * Returns how many shards are computed at the same time.
     *
     * @return the number of workers
     */
    int workers();
}

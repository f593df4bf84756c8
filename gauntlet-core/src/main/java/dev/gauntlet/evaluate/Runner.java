package dev.gauntlet.evaluate;

import java.util.List;
import java.util.function.Consumer;
import java.util.function.IntFunction;

/** Where the shards of an evaluation are computed. */
public interface Runner {
    /**
     * Computes all shards.
     *
     * @param shards the number of shards
     * @param work computes the shard of a given number, counted from 0; may be called by several threads
     * @param finished told each result once, in no particular order, by one thread at a time
     * @param <R> what a shard gives
     * @return the results in the order of their shards
     */
    <R> List<R> run(int shards, IntFunction<R> work, Consumer<? super R> finished);

    /**
     * Returns how many shards are computed at the same time.
     *
     * @return the number of workers
     */
    int workers();
}

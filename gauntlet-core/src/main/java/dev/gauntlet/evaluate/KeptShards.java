package dev.gauntlet.evaluate;

import java.util.List;
import java.util.Optional;

/**
 * What is kept of finished shards while an evaluation runs.
 *
 * @param journal keeps the results, if a journal was asked for
 * @param sink keeps the successes, if anything was to
 */
record KeptShards(Optional<Journal> journal, Optional<SuccessSink> sink) {
    /** Tells whether a shard need not be evaluated again. */
    boolean has(int number) {
        return journal.filter(entries -> entries.has(number)).isPresent()
                && sink.stream().allMatch(successes -> successes.has(number));
    }

    /** Returns what a shard gave in an earlier run; empty if it is to be evaluated. */
    Optional<Shard> read(int number) {
        return has(number) ? journal.flatMap(entries -> entries.read(number)) : Optional.empty();
    }

    void write(int number, Shard shard, List<AdversarialExample> successes) {
        sink.ifPresent(other -> other.keep(number, successes));
        journal.ifPresent(entries -> entries.write(number, shard));
    }
}

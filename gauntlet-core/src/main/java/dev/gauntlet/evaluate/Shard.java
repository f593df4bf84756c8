package dev.gauntlet.evaluate;

import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.stream.IntStream;

/**
 * The result of one shard.
 *
 * @param ids the number in the data set of each example
 * @param labels the true class of each example
 * @param distances as in the report
 * @param costs what each attack cost, in their order
 * @param budgets what was achieved with each budget, in their order
 */
record Shard(int[] ids, int[] labels, double[] distances, List<Cost> costs, List<Budget> budgets) {
    int size() {
        return ids.length;
    }

    /** Returns the shard without pictures, which take far more memory than all else. */
    Shard withoutExhibits() {
        return new Shard(
                ids,
                labels,
                distances,
                costs,
                budgets.stream().map(Budget::withoutExhibits).toList());
    }

    /** Returns what is known of the clean images alone, as if no attack had been finished. */
    Shard cleanAlone(int attacks) {
        Budget clean = budgets.get(0);
        return new Shard(
                ids,
                labels,
                IntStream.range(0, ids.length)
                        .mapToDouble(row -> clean.predictions()[row] == labels[row] ? -1 : 0)
                        .toArray(),
                Collections.nCopies(attacks, Cost.NONE),
                List.of(clean));
    }

    record Cost(long forwards, long backwards, int zeroGradients) {
        static final Cost NONE = new Cost(0, 0, 0);

        Cost plus(Cost other) {
            return new Cost(
                    forwards + other.forwards, backwards + other.backwards, zeroGradients + other.zeroGradients);
        }
    }

    record Budget(
            int[] predictions,
            int[] brokenBy,
            int correct,
            int wrong,
            double confidenceWhenWrong,
            double largestDistance,
            int lostByRounding,
            SortedMap<Long, GalleryExample> exhibits,
            List<Extreme> extremes) {
        Budget withoutExhibits() {
            return new Budget(
                    predictions,
                    brokenBy,
                    correct,
                    wrong,
                    confidenceWhenWrong,
                    largestDistance,
                    lostByRounding,
                    Collections.emptySortedMap(),
                    List.of());
        }
    }

    /** One of the examples that an attack changed least or most. */
    record Extreme(int attack, GalleryExample exhibit) {}
}

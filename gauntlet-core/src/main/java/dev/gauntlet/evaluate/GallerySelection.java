package dev.gauntlet.evaluate;

import dev.gauntlet.RandomKey;
import dev.gauntlet.data.Batch;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.IntStream;

/**
 * Chooses the examples that a report shows, in an order drawn by the seed, so that it is not always the first of the data
 * set.
 *
 * @param seed the seed of the plan
 */
record GallerySelection(long seed) {
    /** How many exhibits are kept for each budget and true class. */
    private static final int EXHIBITS_PER_CLASS = 1;

    /** At most this many examples are shown for each budget. */
    private static final int EXHIBITS_PER_EPSILON = 10;

    /** Returns the place of an example in the order. */
    long key(int id) {
        return RandomKey.of(seed).with("gallery").with(id).state();
    }

    /** Returns the rows of a batch in the order. */
    int[] order(Batch batch) {
        return IntStream.range(0, batch.size())
                .boxed()
                .sorted(Comparator.comparingLong(row -> key(batch.ids()[row])))
                .mapToInt(Integer::intValue)
                .toArray();
    }

    /** Tells whether one more example of a class may be shown, behind those that come before it in the order. */
    boolean hasRoom(SortedMap<Long, GalleryExample> exhibits, int label) {
        return exhibits.size() < EXHIBITS_PER_EPSILON
                && exhibits.values().stream()
                                .filter(exhibit -> exhibit.label() == label)
                                .count()
                        < EXHIBITS_PER_CLASS;
    }

    /**
     * Chooses for each attack the example that it changed least and the one that it changed most, among those that it
     * broke with one budget.
     */
    List<Shard.Extreme> extremes(List<Shard.Extreme> candidates) {
        Comparator<Shard.Extreme> byDistance =
                Comparator.comparingDouble(candidate -> candidate.exhibit().distance());
        Comparator<Shard.Extreme> byLot =
                Comparator.comparingLong(candidate -> key(candidate.exhibit().id()));
        List<Shard.Extreme> chosen = new ArrayList<>();
        candidates.stream().map(Shard.Extreme::attack).distinct().sorted().forEach(attack -> {
            List<Shard.Extreme> own = candidates.stream()
                    .filter(candidate -> candidate.attack() == attack)
                    .toList();
            GalleryExample least = own.stream()
                    .min(byDistance.thenComparing(byLot))
                    .orElseThrow()
                    .exhibit();
            GalleryExample most = own.stream()
                    .max(byDistance.thenComparing(byLot.reversed()))
                    .orElseThrow()
                    .exhibit();
            chosen.add(new Shard.Extreme(attack, least.as(GalleryExample.Choice.LEAST_CHANGED)));
            if (most.id() != least.id()) {
                chosen.add(new Shard.Extreme(attack, most.as(GalleryExample.Choice.MOST_CHANGED)));
            }
        });
        return chosen;
    }

    /**
     * Takes exhibits in the order, few per class. What is taken of two parts and then of both is what is taken of the whole
     * at once.
     */
    SortedMap<Long, GalleryExample> choose(SortedMap<Long, GalleryExample> exhibits) {
        SortedMap<Long, GalleryExample> chosen = new TreeMap<>();
        exhibits.forEach((key, exhibit) -> {
            if (hasRoom(chosen, exhibit.label())) {
                chosen.put(key, exhibit);
            }
        });
        return chosen;
    }
}

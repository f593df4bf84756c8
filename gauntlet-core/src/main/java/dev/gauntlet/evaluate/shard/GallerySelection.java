package dev.gauntlet.evaluate.shard;

import dev.gauntlet.RandomKey;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Chooses the examples that a report shows, in an order drawn by the seed, so that it is not always the first of the data
 * set.
 *
 * @param seed the seed of the plan
 */
record GallerySelection(long seed) {
    /** How many examples are shown for each budget and true class. */
    private static final int EXAMPLES_PER_CLASS = 1;

    /** At most this many examples are drawn for each budget. */
    private static final int EXAMPLES_PER_EPSILON = 10;

    /** Returns the place of an example in the order. */
    private long key(GalleryExample example) {
        return RandomKey.of(seed).with("gallery").with(example.id()).state();
    }

    /**
     * Draws examples of one budget, few per class. Drawing from parts and then from what was drawn gives the same as drawing
     * from the whole at once.
     */
    List<GalleryExample> drawn(Collection<GalleryExample> candidates) {
        SortedMap<Long, GalleryExample> ordered = new TreeMap<>();
        candidates.forEach(candidate -> ordered.put(key(candidate), candidate));
        List<GalleryExample> chosen = new ArrayList<>();
        for (GalleryExample example : ordered.values()) {
            long ofClass = chosen.stream()
                    .filter(other -> other.label() == example.label())
                    .count();
            if (chosen.size() < EXAMPLES_PER_EPSILON && ofClass < EXAMPLES_PER_CLASS) {
                chosen.add(example.as(GalleryExample.Choice.DRAWN));
            }
        }
        return chosen;
    }

    /** Chooses the example that an attack changed least and the one that it changed most, of its successes with one budget. */
    List<GalleryExample> extremes(Collection<GalleryExample> candidates) {
        if (candidates.isEmpty()) {
            return List.of();
        }
        Comparator<GalleryExample> byDistance = Comparator.comparingDouble(GalleryExample::distance);
        Comparator<GalleryExample> byLot = Comparator.comparingLong(this::key);
        GalleryExample least =
                candidates.stream().min(byDistance.thenComparing(byLot)).orElseThrow();
        GalleryExample most = candidates.stream()
                .max(byDistance.thenComparing(byLot.reversed()))
                .orElseThrow();
        return least.id() == most.id()
                ? List.of(least.as(GalleryExample.Choice.LEAST_CHANGED))
                : List.of(least.as(GalleryExample.Choice.LEAST_CHANGED), most.as(GalleryExample.Choice.MOST_CHANGED));
    }
}

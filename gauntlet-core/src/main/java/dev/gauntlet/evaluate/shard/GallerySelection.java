package dev.gauntlet.evaluate.shard;

import dev.gauntlet.RandomKey;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
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

    /** An example that may be chosen. */
    interface Candidate {
        /** Returns the number of the example in its data set. */
        int id();

        /** Returns the true class. */
        int label();

        /** Returns how far the attack went. */
        double distance();
    }

    /** Returns the place of an example in the order. */
    private long key(Candidate example) {
        return RandomKey.of(seed).with("gallery").with(example.id()).state();
    }

    /**
     * Draws examples of one budget, few per class. Drawing from parts and then from what was drawn gives the same as drawing
     * from the whole at once.
     */
    <C extends Candidate> List<C> drawn(Collection<C> candidates) {
        SortedMap<Long, C> ordered = new TreeMap<>();
        candidates.forEach(candidate -> ordered.put(key(candidate), candidate));
        List<C> chosen = new ArrayList<>();
        for (C example : ordered.values()) {
            if (chosen.size() == EXAMPLES_PER_EPSILON) {
                break;
            }
            long ofClass = chosen.stream()
                    .filter(other -> other.label() == example.label())
                    .count();
            if (ofClass < EXAMPLES_PER_CLASS) {
                chosen.add(example);
            }
        }
        return chosen;
    }

    /** Chooses the example that an attack changed least and the one that it changed most, of its successes with one budget. */
    <C extends Candidate> Map<GalleryExample.Choice, C> extremes(Collection<C> candidates) {
        if (candidates.isEmpty()) {
            return Map.of();
        }
        Comparator<Candidate> byDistance = Comparator.comparingDouble(Candidate::distance);
        Comparator<Candidate> byLot = Comparator.comparingLong(this::key);
        C least = candidates.stream().min(byDistance.thenComparing(byLot)).orElseThrow();
        C most = candidates.stream()
                .max(byDistance.thenComparing(byLot.reversed()))
                .orElseThrow();
        Map<GalleryExample.Choice, C> extremes = new EnumMap<>(GalleryExample.Choice.class);
        extremes.put(GalleryExample.Choice.LEAST_CHANGED, least);
        if (least.id() != most.id()) {
            extremes.put(GalleryExample.Choice.MOST_CHANGED, most);
        }
        return extremes;
    }
}

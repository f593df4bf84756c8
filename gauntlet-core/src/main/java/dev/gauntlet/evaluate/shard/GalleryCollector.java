package dev.gauntlet.evaluate.shard;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * Collects what a report shows of the results so far; its size does not depend on the number of images.
 */
public final class GalleryCollector {
    private final GallerySelection selection;
    private final SortedMap<Double, List<GalleryExample>> drawn = new TreeMap<>();
    private final SortedMap<Double, SortedMap<Integer, List<GalleryExample>>> extremes = new TreeMap<>();

    /**
     * Begins an empty gallery.
     *
     * @param seed the seed of the plan
     */
    public GalleryCollector(long seed) {
        this.selection = new GallerySelection(seed);
    }

    /**
     * Takes what was chosen from the successes of an attack, in any order of results and attacks.
     *
     * @param attack the position of the attack
     * @param examples what was chosen
     */
    public void take(int attack, Collection<GalleryExample> examples) {
        for (GalleryExample example : examples) {
            if (example.choice() == GalleryExample.Choice.DRAWN) {
                drawn.merge(example.epsilon(), List.of(example), (one, other) -> selection.drawn(both(one, other)));
            } else {
                extremes.computeIfAbsent(example.epsilon(), epsilon -> new TreeMap<>())
                        .merge(attack, List.of(example), (one, other) -> extremes(both(one, other)));
            }
        }
    }

    private List<GalleryExample> extremes(List<GalleryExample> examples) {
        List<GalleryExample> chosen = new ArrayList<>();
        selection.extremes(examples).forEach((choice, example) -> chosen.add(example.as(choice)));
        return chosen;
    }

    private static List<GalleryExample> both(List<GalleryExample> one, List<GalleryExample> other) {
        return Stream.concat(one.stream(), other.stream()).toList();
    }

    /**
     * Returns what is shown.
     *
     * @return for each budget the examples that were drawn, by class, then for each attack those that it changed least and
     *     most
     */
    public List<GalleryExample> examples() {
        return drawn.entrySet().stream()
                .flatMap(ofBudget -> Stream.concat(
                        ofBudget.getValue().stream()
                                .sorted(Comparator.comparingInt(GalleryExample::label)
                                        .thenComparingInt(GalleryExample::id)),
                        extremes.getOrDefault(ofBudget.getKey(), new TreeMap<>()).values().stream()
                                .flatMap(List::stream)))
                .toList();
    }
}

package dev.gauntlet.evaluate;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * What a report shows of the shards that have been taken so far; of a million images no more is held than of a thousand.
 */
final class GalleryCollector {
    private final GallerySelection gallery;
    private final List<SortedMap<Long, GalleryExample>> drawn = new ArrayList<>();
    private final List<List<Shard.Extreme>> extremes = new ArrayList<>();

    GalleryCollector(GallerySelection gallery, int budgets) {
        this.gallery = gallery;
        for (int e = 0; e < budgets; e++) {
            drawn.add(new TreeMap<>());
            extremes.add(List.of());
        }
    }

    /** Takes the exhibits of a shard, in any order of the shards, and returns the shard without them. */
    Shard take(Shard shard) {
        for (int e = 0; e < shard.budgets().size(); e++) {
            Shard.Budget budget = shard.budgets().get(e);
            SortedMap<Long, GalleryExample> all = new TreeMap<>(drawn.get(e));
            all.putAll(budget.exhibits());
            drawn.set(e, gallery.choose(all));
            extremes.set(
                    e,
                    gallery.extremes(Stream.concat(extremes.get(e).stream(), budget.extremes().stream())
                            .toList()));
        }
        return shard.withoutExhibits();
    }

    /** Returns what is shown: for each budget those that were drawn, by class, then the extremes. */
    List<GalleryExample> exhibits() {
        List<GalleryExample> exhibits = new ArrayList<>();
        for (int e = 0; e < drawn.size(); e++) {
            drawn.get(e).values().stream()
                    .sorted(Comparator.comparingInt(GalleryExample::label).thenComparingInt(GalleryExample::id))
                    .forEach(exhibits::add);
            extremes.get(e).forEach(extreme -> exhibits.add(extreme.exhibit()));
        }
        return exhibits;
    }
}

package dev.gauntlet.evaluate;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GalleryCollectorTest {
    private static final GallerySelection GALLERY = new GallerySelection(3);
    private static final int CLASSES = 14;

    /** Examples with distances of which some are equal, broken by one of three attacks. */
    private static GalleryExample exhibit(int id) {
        return new GalleryExample(
                GalleryExample.Choice.DRAWN,
                0.1,
                id,
                id * 5 % CLASSES,
                id * 5 % CLASSES,
                0.9,
                (id * 5 + 1) % CLASSES,
                0.8,
                id * 31 % 50,
                new float[] {0},
                new float[] {1});
    }

    /** A shard as it comes from its evaluation. */
    private static Shard shard(List<Integer> ids) {
        SortedMap<Long, GalleryExample> drawn = new TreeMap<>();
        ids.forEach(id -> drawn.put(GALLERY.key(id), exhibit(id)));
        List<Shard.Extreme> extremes =
                ids.stream().map(id -> new Shard.Extreme(id % 3, exhibit(id))).toList();
        int[] none = new int[ids.size()];
        Shard.Budget budget =
                new Shard.Budget(none, none, 0, 0, 0, 0, 0, GALLERY.choose(drawn), GALLERY.extremes(extremes));
        return new Shard(none, none, new double[none.length], List.of(), List.of(budget));
    }

    private static List<Integer> shown(List<List<Integer>> shards) {
        GalleryCollector exhibition = new GalleryCollector(GALLERY, 1);
        for (List<Integer> ids : shards) {
            Shard without = exhibition.take(shard(ids));
            assertThat(without.budgets().get(0).exhibits()).isEmpty();
            assertThat(without.budgets().get(0).extremes()).isEmpty();
            assertThat(without.size()).isEqualTo(ids.size());
        }
        return exhibition.exhibits().stream().map(GalleryExample::id).toList();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 7, 60, 400})
    void showsTheSameOfAnyShardsInAnyOrder(int size) {
        List<Integer> all = IntStream.range(0, 400).boxed().toList();
        List<Integer> expected = shown(List.of(all));
        // 10 by lot, and for each of 3 attacks the least and the most changed
        assertThat(expected).hasSize(16);
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int round = 0; round < 10; round++) {
            List<Integer> mixed = new ArrayList<>(all);
            Collections.shuffle(mixed, random);
            List<List<Integer>> shards = new ArrayList<>();
            for (int first = 0; first < mixed.size(); first += size) {
                shards.add(mixed.subList(first, Math.min(mixed.size(), first + size)));
            }
            assertThat(shown(shards)).as("seed %d", seed).isEqualTo(expected);
        }
    }
}

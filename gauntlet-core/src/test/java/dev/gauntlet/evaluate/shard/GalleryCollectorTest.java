package dev.gauntlet.evaluate.shard;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GalleryCollectorTest {
    private static final GallerySelection SELECTION = new GallerySelection(3);
    private static final int CLASSES = 14;
    private static final int ATTACKS = 3;

    /** Examples with distances of which some are equal. */
    private static GalleryExample example(int id) {
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

    /** Shows what one of three attacks found on each example, task by task. */
    private static List<Integer> shown(List<List<Integer>> tasks) {
        GalleryCollector collector = new GalleryCollector(SELECTION.seed());
        for (List<Integer> ids : tasks) {
            for (int attack = 0; attack < ATTACKS; attack++) {
                int by = attack;
                List<GalleryExample> candidates = ids.stream()
                        .filter(id -> id % ATTACKS == by)
                        .map(GalleryCollectorTest::example)
                        .toList();
                List<GalleryExample> chosen = new ArrayList<>(SELECTION.drawn(candidates));
                SELECTION.extremes(candidates).forEach((choice, example) -> chosen.add(example.as(choice)));
                collector.take(attack, chosen);
            }
        }
        return collector.examples().stream().map(GalleryExample::id).toList();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 7, 60, 400})
    void showsTheSameOfAnyTasksInAnyOrder(int size) {
        List<Integer> all = IntStream.range(0, 400).boxed().toList();
        List<Integer> expected = shown(List.of(all));
        // 10 by lot, and for each of 3 attacks the least and the most changed
        assertThat(expected).hasSize(16);
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int round = 0; round < 10; round++) {
            List<Integer> mixed = new ArrayList<>(all);
            Collections.shuffle(mixed, random);
            List<List<Integer>> tasks = new ArrayList<>();
            for (int first = 0; first < mixed.size(); first += size) {
                tasks.add(mixed.subList(first, Math.min(mixed.size(), first + size)));
            }
            assertThat(shown(tasks)).as("seed %d", seed).isEqualTo(expected);
        }
    }
}

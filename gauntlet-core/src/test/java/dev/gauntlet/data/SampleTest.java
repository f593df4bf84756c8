package dev.gauntlet.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gauntlet.GauntletException;
import dev.gauntlet.RandomKey;
import dev.gauntlet.testkit.ArrayDataset;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SampleTest {
    /** 50 examples of class 0, 30 of class 1, 20 of class 2, mixed. */
    private final Dataset data = labelled(IntStream.range(0, 100)
            .map(i -> i * 37 % 100)
            .map(i -> i < 50 ? 0 : i < 80 ? 1 : 2)
            .toArray());

    @Test
    void drawsFromEachClassItsShare() {
        assertThat(shares(10)).containsExactly(5, 3, 2);
        assertThat(shares(99)).containsExactly(49, 30, 20); // 49.5, 29.7, 19.8: of the first the least is cut off
        assertThat(shares(7)).containsExactly(4, 2, 1); // 3.5, 2.1, 1.4
        assertThat(shares(1)).containsExactly(1, 0, 0);
    }

    @Test
    void drawsEachAtMostOnceInGrowingOrderAndNotTheFirstOnes() {
        int[] ids = Sample.stratified(data, 20, RandomKey.of(1));
        assertThat(ids).hasSize(20).isSorted().doesNotHaveDuplicates();
        assertThat(ids[19]).isGreaterThan(60);
    }

    @Test
    void drawsByTheSeed() {
        int[] ids = Sample.stratified(data, 20, RandomKey.of(1));
        assertThat(Sample.stratified(data, 20, RandomKey.of(1))).isEqualTo(ids);
        assertThat(Sample.stratified(data, 20, RandomKey.of(2))).isNotEqualTo(ids);
    }

    @Test
    void drawsAllIfThereAreNoMore() {
        int[] all = IntStream.range(0, 100).toArray();
        assertThat(Sample.stratified(data, 100, RandomKey.of(1))).isEqualTo(all);
        assertThat(Sample.stratified(data, Integer.MAX_VALUE, RandomKey.of(1))).isEqualTo(all);
    }

    @Test
    void passesOverClassesWithoutExamples() {
        assertThat(Sample.stratified(labelled(2, 2, 2, 0), 2, RandomKey.of(1))).hasSize(2);
    }

    @Test
    void refusesToDrawNothing() {
        assertThatThrownBy(() -> Sample.stratified(data, 0, RandomKey.of(1)))
                .isInstanceOf(GauntletException.class)
                .hasMessage("The number of examples must be at least 1, got 0.");
    }

    private int[] shares(int count) {
        int[] shares = new int[3];
        for (int id : Sample.stratified(data, count, RandomKey.of(5))) {
            shares[data.label(id)]++;
        }
        return shares;
    }

    private static Dataset labelled(int... labels) {
        return new ArrayDataset(new ImageShape(1, 1, 1), List.of("a", "b", "c"), labels, new float[labels.length]);
    }
}

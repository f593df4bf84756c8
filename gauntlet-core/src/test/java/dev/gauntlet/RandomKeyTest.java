package dev.gauntlet;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class RandomKeyTest {
    @Test
    void aSeedIsMixedAsThePublishedSplitMix64Does() {
        // the first outputs of the reference implementation of SplitMix64 for the states 0 and 1234567
        assertThat(RandomKey.of(0).state()).isEqualTo(0xe220a8397b1dcdafL);
        assertThat(RandomKey.of(1234567).state()).isEqualTo(6457827717110365317L);
    }

    @Test
    void valuesNeverChangeBetweenReleases() {
        RandomKey key = RandomKey.of(7).with("shuffle").with(3);
        assertThat(key.state()).isEqualTo(1269004182950109966L);
        SplittableRandom random = key.generator();
        assertThat(List.of(random.nextLong(), random.nextLong()))
                .containsExactly(-3927538619180567941L, -5453572177145375449L);
    }

    @Test
    void aKeyOpensItsStreamFromTheBeginningEachTime() {
        RandomKey key = RandomKey.of(1).with("noise");
        assertThat(LongStream.generate(key.generator()::nextLong).limit(10))
                .containsExactlyElementsOf(LongStream.generate(key.generator()::nextLong)
                        .limit(10)
                        .boxed()
                        .toList());
    }

    @Test
    void keysThatDifferInAnyPartDiffer() {
        Set<Long> states = new HashSet<>();
        int keys = 0;
        for (long seed = 0; seed < 10; seed++) {
            for (String purpose : List.of("shuffle", "noise", "restart")) {
                for (long number = -50; number < 50; number++) {
                    states.add(RandomKey.of(seed).with(purpose).with(number).state());
                    keys++;
                }
            }
        }
        assertThat(states).hasSize(keys);
    }

    @Test
    void theOrderOfPartsMatters() {
        assertThat(RandomKey.of(0).with(1).with(2))
                .isNotEqualTo(RandomKey.of(0).with(2).with(1));
        assertThat(RandomKey.of(1).with(0)).isNotEqualTo(RandomKey.of(0).with(1));
    }

    @Test
    void textsAreNotRunTogether() {
        RandomKey key = RandomKey.of(0);
        assertThat(key.with("ab").with("c"))
                .isNotEqualTo(key.with("a").with("bc"))
                .isNotEqualTo(key.with("abc"))
                .isNotEqualTo(key.with("abc").with(""));
        assertThat(key.with("")).isNotEqualTo(key);
    }

    @Test
    void streamsOfNeighbouringKeysAreUnrelated() {
        // over 1000 neighbouring keys, each of 64 bits of the first draw is set about half of the time: 500 +- 16
        int[] set = new int[64];
        for (int id = 0; id < 1000; id++) {
            long draw = RandomKey.of(0).with("example").with(id).generator().nextLong();
            for (int bit = 0; bit < 64; bit++) {
                set[bit] += (int) (draw >>> bit & 1);
            }
        }
        assertThat(IntStream.of(set).boxed())
                .allSatisfy(count -> assertThat(count).isBetween(420, 580));
    }
}

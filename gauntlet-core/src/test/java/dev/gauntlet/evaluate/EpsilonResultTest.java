package dev.gauntlet.evaluate;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class EpsilonResultTest {
    @Test
    void theBudgetInFocusLeavesClosestToHalfOfTheCleanAccuracy() {
        // a demo on MNIST, of 10,000: half of 9,784 is 4,892, and 6,119 is closer to it than 1,322
        assertThat(focus(9784, 6119, 1322)).isEqualTo(1);
        assertThat(focus(9784, 9000, 4000, 0)).isEqualTo(2);
        assertThat(focus(10_000, 6000, 4000)).as("the smaller of two").isEqualTo(1);
        assertThat(focus(9784)).as("the clean accuracy alone").isZero();
    }

    private static int focus(int... robust) {
        List<EpsilonResult> results = IntStream.range(0, robust.length)
                .mapToObj(budget -> {
                    Interval accuracy = Interval.of(robust[budget], 10_000);
                    return new EpsilonResult(0.05 * budget, accuracy, accuracy, 0, 0);
                })
                .toList();
        return EpsilonResult.focus(results);
    }
}

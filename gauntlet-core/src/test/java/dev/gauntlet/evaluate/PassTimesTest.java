package dev.gauntlet.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class PassTimesTest {
    private static final double TINY = 1e-9;

    private final PassTimes times = new PassTimes();

    @Test
    void knowsNothingAtFirst() {
        assertThat(times.isEmpty()).isTrue();
        assertThat(times.isFlat()).isTrue();
        assertThat(times.seconds(50)).isZero();
    }

    @Test
    void aSingleSizeSaysNothingOfOthersButThatSmallerOnesTakeNoLonger() {
        times.add(2, 3);
        assertThat(times.seconds(1)).isEqualTo(3);
        assertThat(times.seconds(2)).isEqualTo(3);
        assertThat(times.seconds(10)).isEqualTo(15);
    }

    @Test
    void twoSizesTellWhatACallAndWhatAnImageCosts() {
        times.add(1, 1.01);
        times.add(2, 1.02);
        assertThat(times.isFlat()).isFalse();
        assertThat(times.seconds(50)).isCloseTo(1.5, within(TINY));
        times.add(100, 1.4);
        assertThat(times.seconds(51)).isCloseTo(1.02 + .38 / 2, within(TINY));
    }

    @Test
    void aLargerCallThatWasQuickerCorrectsTheSmallerOnes() {
        times.add(1, 9);
        times.add(2, 5);
        times.add(10, 2);
        assertThat(times.seconds(1)).isEqualTo(2);
        assertThat(times.seconds(2)).isEqualTo(2);
        assertThat(times.isFlat()).isTrue();
        times.add(1, .2);
        assertThat(times.seconds(1)).isEqualTo(.2);
        assertThat(times.isFlat()).isFalse();
    }

    @Test
    void aSlowCallIsExpectedToBeFollowedBySlowOnesForAWhile() {
        times.add(10, 1);
        times.add(10, 3);
        assertThat(times.seconds(10)).isEqualTo(1);
        assertThat(times.secondsNow(10)).isEqualTo(2);
        times.add(10, 1);
        assertThat(times.secondsNow(10)).isEqualTo(1.5);
        times.add(10, .5);
        assertThat(times.secondsNow(10)).isEqualTo(.5 * 1.25);
    }
}

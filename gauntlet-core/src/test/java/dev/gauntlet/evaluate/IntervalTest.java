package dev.gauntlet.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class IntervalTest {
    private static final double Z = 1.959963984540054;

    @Test
    void isTheIntervalOfWilson() {
        Interval interval = Interval.of(430, 1000);
        assertThat(interval.rate()).isEqualTo(.43);
        assertThat(interval.lower()).isCloseTo(.400, within(5e-4));
        assertThat(interval.upper()).isCloseTo(.461, within(5e-4));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 17, 500, 999, 1000})
    void hasBoundsAtWhichTheObservedRateIsJustNotSurprising(int successes) {
        // Wilson's bounds are the rates p with |rate - p| = z sqrt(p (1 - p) / n)
        Interval interval = Interval.of(successes, 1000);
        for (double p : new double[] {interval.lower(), interval.upper()}) {
            assertThat(Math.abs(interval.rate() - p)).isCloseTo(Z * Math.sqrt(p * (1 - p) / 1000), within(1e-9));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 7, 100, 10_000, 1_000_000})
    void staysInsideTheUnitIntervalAtBothEnds(int trials) {
        Interval none = Interval.of(0, trials);
        assertThat(none.lower()).isBetween(0.0, 1e-12);
        assertThat(none.upper()).isCloseTo(Z * Z / (trials + Z * Z), within(1e-12));
        Interval all = Interval.of(trials, trials);
        assertThat(all.lower()).isCloseTo(1 - Z * Z / (trials + Z * Z), within(1e-12));
        assertThat(all.upper()).isBetween(1 - 1e-12, 1.0);
    }

    @Test
    void needsTrials() {
        assertThatThrownBy(() -> Interval.of(0, 0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Interval.of(2, 1)).isInstanceOf(IllegalArgumentException.class);
    }
}

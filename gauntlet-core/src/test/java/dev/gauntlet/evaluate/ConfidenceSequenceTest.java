package dev.gauntlet.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class ConfidenceSequenceTest {
    private static final int RUNS = 1000;
    private static final int LOOKS = 40;
    private static final int BETWEEN = 50;

    @Test
    void isTheSetOfRatesThatTheMixtureDoesNotBeatBy20To1() {
        // after one success the mean likelihood is 1/2, so p is in while 1/2 < 20 p
        assertThat(ConfidenceSequence.of(1, 1).lower()).isCloseTo(0.025, within(1e-9));
        assertThat(ConfidenceSequence.of(1, 1).upper()).isEqualTo(1);
        // two of two: 1/3 < 20 p^2
        assertThat(ConfidenceSequence.of(2, 2).lower()).isCloseTo(Math.sqrt(1 / 60.0), within(1e-9));
        assertThat(ConfidenceSequence.of(0, 2).upper()).isCloseTo(1 - Math.sqrt(1 / 60.0), within(1e-9));
    }

    @Test
    void isSymmetricAndWiderThanTheIntervalOfASingleLook() {
        for (int successes : new int[] {0, 1, 30, 50, 99, 100}) {
            Interval sequence = ConfidenceSequence.of(successes, 100);
            Interval other = ConfidenceSequence.of(100 - successes, 100);
            assertThat(sequence.lower()).isCloseTo(1 - other.upper(), within(1e-9));
            assertThat(sequence.lower())
                    .isLessThanOrEqualTo(Interval.of(successes, 100).lower());
            assertThat(sequence.upper())
                    .isGreaterThanOrEqualTo(Interval.of(successes, 100).upper());
            assertThat(sequence.rate()).isBetween(sequence.lower(), sequence.upper());
        }
    }

    @Test
    void hardlyEverLeavesTheTruthOutAtAnyOfManyLooks() {
        for (double truth : new double[] {0.02, 0.4, 0.5}) {
            SplittableRandom random = new SplittableRandom(11);
            int wrong = 0;
            int wrongOfOrdinary = 0;
            for (int run = 0; run < RUNS; run++) {
                boolean everOut = false;
                boolean everOutOfOrdinary = false;
                int successes = 0;
                for (int look = 1; look <= LOOKS; look++) {
                    successes += draw(random, truth);
                    everOut |= !contains(ConfidenceSequence.of(successes, look * BETWEEN), truth);
                    everOutOfOrdinary |= !contains(Interval.of(successes, look * BETWEEN), truth);
                }
                wrong += everOut ? 1 : 0;
                wrongOfOrdinary += everOutOfOrdinary ? 1 : 0;
            }
            // 5 % of 1000 and four standard deviations of 6.9
            assertThat(wrong).as("truth %s, seed 11", truth).isLessThan(78);
            assertThat(wrongOfOrdinary).as("truth %s, seed 11", truth).isGreaterThan(120);
        }
    }

    @Test
    void settlesWhatCanBeSettledAndSaysHowLongItTakes() {
        SplittableRandom random = new SplittableRandom(12);
        int settled = 0;
        long sum = 0;
        for (int run = 0; run < RUNS; run++) {
            int successes = 0;
            for (int look = 1; look <= LOOKS; look++) {
                successes += draw(random, 0.6);
                if (ConfidenceSequence.of(successes, look * BETWEEN).lower() >= 0.5) {
                    settled++;
                    sum += (long) look * BETWEEN;
                    break;
                }
            }
        }
        assertThat(settled).as("seed 12").isGreaterThan(990);
        long needed = ConfidenceSequence.needed(0.6, 0.5);
        assertThat((double) sum / settled).as("seed 12").isBetween(0.6 * needed, 1.4 * needed);
        assertThat(ConfidenceSequence.of((int) (0.6 * needed) + 1, (int) needed).lower())
                .isCloseTo(0.5, within(0.01));
        assertThat(ConfidenceSequence.needed(0.5, 0.5)).isZero();
    }

    private static int draw(SplittableRandom random, double truth) {
        int successes = 0;
        for (int i = 0; i < BETWEEN; i++) {
            successes += random.nextDouble() < truth ? 1 : 0;
        }
        return successes;
    }

    private static boolean contains(Interval interval, double rate) {
        return interval.lower() <= rate && rate <= interval.upper();
    }
}

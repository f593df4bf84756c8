package dev.gauntlet.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.gauntlet.GauntletException;
import dev.gauntlet.evaluate.Overstatement.Finding;
import dev.gauntlet.evaluate.Overstatement.Probe;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OverstatementTest {
    private static final double TOLERANCE = 0.005;

    private static Overstatement of(int robust, int examples, int examined, int broken) {
        return Overstatement.of(.1, robust, 0, examples, List.of(new Probe("square", examined, broken)));
    }

    @ParameterizedTest
    @CsvSource({
        // robust, examples, examined, broken
        "200, 200, 180, 0, OPEN",
        "200, 200, 190, 0, SETTLED",
        "100, 200, 100, 0, SETTLED",
        "1000, 1000, 400, 1, SETTLED",
        "1000, 1000, 400, 4, OPEN",
        "1000, 1000, 400, 12, OVERSTATED",
        "1000, 1000, 5, 4, OVERSTATED",
        "1000, 1000, 1, 1, OPEN",
        "0, 1000, 0, 0, SETTLED"
    })
    void theVerdictFollowsFromTheInterval(int robust, int examples, int examined, int broken, Finding finding) {
        assertThat(of(robust, examples, examined, broken).finding(TOLERANCE)).isEqualTo(finding);
    }

    /** The bound for 0 of n in closed form: the prior, divided by the likelihood, reaches 1 / 0.04. */
    @Test
    void theUpperBoundOfNothingBrokenIsTheRootOfTheMartingale() {
        for (int examined : new int[] {1, 50, 170, 1000}) {
            double upper = of(2000, 2000, examined, 0).upper();
            double martingale = (.9 * 400 / (400.0 + examined) + .1 / (1 + examined)) / Math.pow(1 - upper, examined);
            assertThat(martingale).isCloseTo(25, within(1e-6));
        }
    }

    /** What the first attacks broke is a lower bound for all of them; what met all of them gives the upper bound. */
    @Test
    void everyPartOfTheRowBoundsFromBelowAndTheWholeFromAbove() {
        Overstatement known =
                Overstatement.of(.1, 800, 0, 1000, List.of(new Probe("apgd-t", 400, 40), new Probe("square", 10, 1)));
        assertThat(known.lower()).isBetween(.8 * .04, .8 * .1);
        assertThat(known.upper()).isGreaterThan(.8 * .1);
        assertThat(known.finding(TOLERANCE)).isEqualTo(Finding.OVERSTATED);
    }

    /** A verdict may be looked for again and again, and still be wrong in fewer than 5 of 100 searches. */
    @ParameterizedTest
    @CsvSource({"0.005, OVERSTATED, 0.01", "0.02, SETTLED, 0.04", "0.05, SETTLED, 0.04", "0.001, OVERSTATED, 0.01"})
    void lookingAgainAndAgainIsAllowed(double rate, Finding wrong, double errorRate) {
        int searches = 200;
        int mistakes = 0;
        for (int search = 0; search < searches; search++) {
            SplittableRandom random = new SplittableRandom(search);
            int broken = 0;
            Finding finding = Finding.OPEN;
            for (int examined = 1; examined <= 500 && finding == Finding.OPEN; examined++) {
                broken += random.nextDouble() < rate ? 1 : 0;
                if (examined % 3 != 0) {
                    continue;
                }
                finding = of(1000, 1000, examined, broken).finding(TOLERANCE);
            }
            mistakes += finding == wrong ? 1 : 0;
        }
        // three standard deviations above what is promised
        assertThat((double) mistakes / searches)
                .isLessThan(errorRate + 3 * Math.sqrt(errorRate * (1 - errorRate) / searches));
    }

    @Test
    void saysHowManyMoreImagesWouldSettleIt() {
        Overstatement known = of(1000, 1000, 50, 0);
        long more = known.moreToSettle(TOLERANCE).orElseThrow();
        assertThat(of(1000, 1000, 50 + (int) more, 0).finding(TOLERANCE)).isEqualTo(Finding.SETTLED);
        assertThat(of(1000, 1000, 50 + (int) more - 3, 0).finding(TOLERANCE)).isEqualTo(Finding.OPEN);
        assertThat(of(1000, 1000, 400, 0).moreToSettle(TOLERANCE)).hasValue(0);
    }

    @Test
    void isSaidInASentence() {
        assertThat(of(0, 10, 0, 0).statement())
                .isEqualTo("No image is robust at epsilon 0.1, so nothing is overstated.");
        assertThat(Overstatement.of(.1, 5, 0, 10, List.of()).statement())
                .isEqualTo("The plan contains attacks as strong as AutoAttack, so no stronger ones were tried.");
        assertThat(of(500, 1000, 0, 0).statement())
                .isEqualTo("Stronger attacks were not tried often enough to bound what they would break.");
        assertThat(of(500, 1000, 100, 0).statement())
                .isEqualTo(
                        "Stronger attacks would break at most 3.5 % of the robust images and lower the robust accuracy by at most 1.7 points (95 %).");
        assertThat(of(1000, 1000, 400, 40).statement())
                .isEqualTo("Stronger attacks would lower the robust accuracy by 5.1 to 17.4 points (95 %).");
    }

    @Test
    void aRecordWhosePartsDisagreeIsRefused() {
        assertThatThrownBy(() -> new Probe("a", 3, 4)).isInstanceOf(GauntletException.class);
        assertThatThrownBy(() -> new Overstatement(.1, 11, 0, 10, List.of(), 0, 0))
                .isInstanceOf(GauntletException.class);
        assertThatThrownBy(() -> new Overstatement(.1, 5, 0, 10, List.of(), .2, .1))
                .isInstanceOf(GauntletException.class);
        assertThatThrownBy(() -> new Overstatement(.1, 5, 0, 10, List.of(new Probe("a", 6, 0)), 0, .1))
                .isInstanceOf(GauntletException.class);
    }
}

package dev.gauntlet.attack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.gauntlet.threat.Norm;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class SquareBumpTest {
    @Test
    void isTwoPilesOfSquaresOfOppositeSign() {
        // 36 times 1 + 1/4 + 1/9, 1/4 + 1/9 and 1/9
        double[] above = normalised(4, 13, 13, 13, 4, 4, 13, 49, 13, 4);
        double[] below = normalised(4, 13, 13, 13, 4, 4, 13, 49, 13, 4, 4, 13, 13, 13, 4);
        double[] expected = new double[25];
        for (int i = 0; i < 25; i++) {
            expected[i] = (i < 10 ? above[i] : -below[i - 10]) / Math.sqrt(2);
        }
        assertThat(SquareBump.of(Norm.L2, new SquareWindow(5, 5), true)).containsExactly(expected, within(1e-12));
    }

    @Test
    void liesOnItsSideHalfOfTheTime() {
        for (Norm norm : new Norm[] {Norm.L2, Norm.L1}) {
            double[] stacked = SquareBump.of(norm, new SquareWindow(7, 7), true);
            double[] abreast = SquareBump.of(norm, new SquareWindow(7, 7), false);
            for (int i = 0; i < 49; i++) {
                assertThat(abreast[i % 7 * 7 + i / 7]).as("%s, %d", norm, i).isCloseTo(stacked[i], within(1e-12));
            }
        }
    }

    @Test
    void fallsWithTheFourthPowerInL1() {
        double peak = 1 + 1 / 16.0;
        double slope = 1 / 16.0;
        double above = peak + 2 * slope;
        double below = above + 3 * slope;
        assertThat(SquareBump.of(Norm.L1, new SquareWindow(3, 3), true))
                .containsExactly(
                        new double[] {
                            slope / above / 2,
                            peak / above / 2,
                            slope / above / 2,
                            -slope / below / 2,
                            -slope / below / 2,
                            -slope / below / 2,
                            -slope / below / 2,
                            -peak / below / 2,
                            -slope / below / 2
                        },
                        within(1e-12));
    }

    @Test
    void hasSize1EvenWhereThereIsRoomForOneHillOnly() {
        for (SquareWindow window : new SquareWindow[] {
            new SquareWindow(1, 1), new SquareWindow(1, 4), new SquareWindow(3, 1), new SquareWindow(2, 2)
        }) {
            for (boolean stacked : new boolean[] {true, false}) {
                double[] inL2 = SquareBump.of(Norm.L2, window, stacked);
                assertThat(Arrays.stream(inL2).map(x -> x * x).sum())
                        .as("%s", window)
                        .isCloseTo(1, within(1e-12));
                double[] inL1 = SquareBump.of(Norm.L1, window, stacked);
                assertThat(Arrays.stream(inL1).map(Math::abs).sum())
                        .as("%s", window)
                        .isCloseTo(1, within(1e-12));
            }
        }
    }

    private static double[] normalised(double... values) {
        double size = Math.sqrt(Arrays.stream(values).map(x -> x * x).sum());
        return Arrays.stream(values).map(x -> x / size).toArray();
    }
}

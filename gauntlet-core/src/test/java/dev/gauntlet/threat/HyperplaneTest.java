package dev.gauntlet.threat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.gauntlet.RandomKey;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class HyperplaneTest {
    /** 4 p + 2 q = 3, from the point (.25, .5), where the left side is 2. */
    private static final Hyperplane PLANE = new Hyperplane(new float[] {4, 2}, 0, 2, 3);

    private static final float[] X = {.25f, .5f};

    @Test
    void theGapIsWhatTheLinearFunctionMustGrowBy() {
        assertThat(PLANE.gap(X)).isEqualTo(1);
        assertThat(PLANE.gap(new float[] {1, 1})).isEqualTo(-3);
    }

    @Test
    void theDistanceWithoutABoxIsTheGapOverTheDualNorm() {
        assertThat(PLANE.distance(Norm.LINF, X)).isEqualTo(1 / 6.0);
        assertThat(PLANE.distance(Norm.L2, X)).isCloseTo(1 / Math.sqrt(20), within(1e-15));
        assertThat(PLANE.distance(Norm.L1, X)).isEqualTo(.25);
    }

    @Test
    void aStepWithRoomIsTheOneWithoutABox() {
        assertThat(step(PLANE, Norm.LINF, X)).containsExactly(1 / 6f, 1 / 6f);
        assertThat(step(PLANE, Norm.L2, X)).containsExactly(.2f, .1f);
        assertThat(step(PLANE, Norm.L1, X)).containsExactly(.25f, 0);
    }

    @Test
    void aPixelAtTheBorderLeavesTheRestToTheOthers() {
        float[] nearWhite = {.9375f, .25f};
        Hyperplane plane = new Hyperplane(new float[] {4, 2}, 0, 2, 5);
        assertThat(step(plane, Norm.LINF, nearWhite)).containsExactly(.0625f, .25f);
        assertThat(step(plane, Norm.L2, nearWhite)).containsExactly(.0625f, .25f);
        assertThat(step(plane, Norm.L1, nearWhite)).containsExactly(.0625f, .25f);
    }

    @ParameterizedTest
    @EnumSource(names = {"LINF", "L2", "L1"})
    void outsideTheBoxItGoesToTheNearestCornerAndLeavesWhatDoesNotMatter(Norm norm) {
        float[] x = {.25f, .5f, .125f};
        float[] normal = {1, 0, -1};
        assertThat(step(new Hyperplane(normal, 0, 3, 2), norm, x)).containsExactly(.75f, 0, -.125f);
        assertThat(step(new Hyperplane(normal, 0, 3, -2), norm, x)).containsExactly(-.25f, 0, .875f);
    }

    @ParameterizedTest
    @EnumSource(names = {"LINF", "L2", "L1"})
    void aPointOnTheHyperplaneStays(Norm norm) {
        Hyperplane through = Hyperplane.linearised(new float[] {4, -2}, X, 0, 2, 0);
        assertThat(Norm.LINF.size(step(through, norm, X), 0, 2)).isZero();
        assertThat(through.distance(norm, X)).isZero();
    }

    @ParameterizedTest
    @EnumSource(names = {"LINF", "L2", "L1"})
    void aZeroGradientLeadsNowhere(Norm norm) {
        Hyperplane nowhere = Hyperplane.linearised(new float[2], X, 0, 2, 1);
        assertThat(step(nowhere, norm, X)).containsExactly(0, 0);
        assertThat(nowhere.distance(norm, X)).isEqualTo(Double.POSITIVE_INFINITY);
        assertThat(new Hyperplane(new float[2], 0, 2, 0).distance(norm, X)).isZero();
    }

    @Test
    void aLinearisedFunctionIsZeroOnItsHyperplane() {
        assertThat(Hyperplane.linearised(new float[] {9, 4, 2}, new float[] {9, .25f, .5f}, 1, 2, -1)
                        .level())
                .isEqualTo(3);
    }

    @Test
    void l1UsesEqualCoefficientsUpInTheOrderOfThePixels() {
        Hyperplane plane = new Hyperplane(new float[] {1, -2, 2, 2}, 0, 4, 3);
        assertThat(step(plane, Norm.L1, new float[] {0, .5f, .25f, .5f})).containsExactly(0, -.5f, .75f, 0);
    }

    @Test
    void touchesNoOtherExample() {
        float[] step = {7, 7, 7, 7};
        new Hyperplane(new float[] {9, 4, 2, 9}, 1, 2, 3).step(Norm.L1, new float[] {9, .25f, .5f, 9}, step);
        assertThat(step).containsExactly(7, .25f, 0, 7);
    }

    @Test
    void l0IsRefused() {
        assertThatThrownBy(() -> step(PLANE, Norm.L0, X)).isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @EnumSource(names = {"LINF", "L2", "L1"})
    void reachesTheHyperplaneIfTheBoxDoesAndNeverLeavesTheBox(Norm norm) {
        int reached = 0;
        for (int trial = 0; trial < 20_000; trial++) {
            SplittableRandom random = random("reaches", norm, trial);
            Problem problem = Problem.any(random, 1 + random.nextInt(40));
            float[] step = step(problem.plane, norm, problem.x);
            double gap = problem.plane.gap(problem.x);
            double gained = 0;
            double reachable = 0;
            double scale = 1e-300;
            for (int i = 0; i < step.length; i++) {
                double coefficient = problem.plane.normal()[i];
                assertThat(problem.x[i] + step[i])
                        .as("trial %d, pixel %d", trial, i)
                        .isBetween(0f, 1f);
                gained += coefficient * step[i];
                reachable +=
                        Math.abs(coefficient) * ((coefficient > 0) == (gap > 0) ? 1.0 - problem.x[i] : problem.x[i]);
                scale += Math.abs(coefficient);
            }
            double expected = Math.copySign(Math.min(Math.abs(gap), reachable), gap);
            assertThat(gained).as("trial %d", trial).isCloseTo(expected, within(1e-7 * scale));
            reached += Math.abs(gap) <= reachable ? 1 : 0;
        }
        assertThat(reached).isBetween(5000, 15_000);
    }

    /** The further each pixel may go, the more is gained; the least that is enough is the answer. */
    @ParameterizedTest
    @EnumSource(names = {"LINF", "L2"})
    void isTheStepThatBisectionFinds(Norm norm) {
        for (int trial = 0; trial < 3000; trial++) {
            SplittableRandom random = random("bisection", norm, trial);
            Problem problem = Problem.reachable(random, 1 + random.nextInt(6));
            double gap = problem.plane.gap(problem.x);
            double low = 0;
            double high = 1e60;
            for (int step = 0; step < 600; step++) {
                double middle =
                        low == 0 ? high / 1e3 : low < high / 4 ? Math.sqrt(low) * Math.sqrt(high) : (low + high) / 2;
                double[] moved = moved(problem, norm, gap, middle);
                double gained = 0;
                for (int i = 0; i < moved.length; i++) {
                    gained += problem.plane.normal()[i] * moved[i];
                }
                if (Math.abs(gained) >= Math.abs(gap)) {
                    high = middle;
                } else {
                    low = middle;
                }
            }
            double[] expected = moved(problem, norm, gap, high);
            float[] step = step(problem.plane, norm, problem.x);
            for (int i = 0; i < step.length; i++) {
                assertThat((double) step[i]).as("trial %d, pixel %d", trial, i).isCloseTo(expected[i], within(1e-7));
            }
        }
    }

    private static double[] moved(Problem problem, Norm norm, double gap, double multiplier) {
        double[] moved = new double[problem.x.length];
        for (int i = 0; i < moved.length; i++) {
            double coefficient = problem.plane.normal()[i] * Math.signum(gap);
            double step = multiplier * (norm == Norm.LINF ? Math.signum(coefficient) : coefficient);
            moved[i] = Math.max(0, Math.min(1, problem.x[i] + step)) - problem.x[i];
        }
        return moved;
    }

    @Test
    void l2IsThePointThatDykstraFinds() {
        for (int trial = 0; trial < 200; trial++) {
            SplittableRandom random = random("dykstra", Norm.L2, trial);
            float[] x = Hard.image(random, 1 + random.nextInt(6));
            float[] normal = new float[x.length];
            float[] other = new float[x.length];
            for (int i = 0; i < x.length; i++) {
                normal[i] = (float) ((.2 + random.nextDouble()) * (random.nextBoolean() ? 1 : -1));
                other[i] = (float) random.nextDouble();
            }
            Hyperplane plane = Hyperplane.linearised(normal, other, 0, x.length, 0);
            double[] expected = Slow.dykstra(
                    x,
                    p -> {
                        double left = plane.level();
                        double square = 0;
                        for (int i = 0; i < p.length; i++) {
                            left -= normal[i] * p[i];
                            square += (double) normal[i] * normal[i];
                        }
                        for (int i = 0; i < p.length; i++) {
                            p[i] += normal[i] * (left / square);
                        }
                        return p;
                    },
                    5000);
            float[] step = step(plane, Norm.L2, x);
            for (int i = 0; i < step.length; i++) {
                assertThat((double) x[i] + step[i])
                        .as("trial %d, pixel %d", trial, i)
                        .isCloseTo(expected[i], within(1e-5));
            }
        }
    }

    /** The smallest sum of changes is found where all pixels but one are either as they were or at the border. */
    @Test
    void l1IsTheBestOfAllCorners() {
        for (int trial = 0; trial < 2000; trial++) {
            SplittableRandom random = random("corners", Norm.L1, trial);
            Problem problem = Problem.reachable(random, 1 + random.nextInt(6));
            double gap = problem.plane.gap(problem.x);
            int length = problem.x.length;
            double best = gap == 0 ? 0 : Double.POSITIVE_INFINITY;
            for (int full = 0; full < 1 << length; full++) {
                for (int partial = 0; partial < length; partial++) {
                    double left = Math.abs(gap);
                    double size = 0;
                    for (int i = 0; i < length; i++) {
                        if ((full >> i & 1) == 1 && i != partial) {
                            left -= room(problem, gap, i)
                                    * Math.abs(problem.plane.normal()[i]);
                            size += room(problem, gap, i);
                        }
                    }
                    double rest = left / Math.abs((double) problem.plane.normal()[partial]);
                    // a little more than there is room for is rounding
                    if (rest >= 0 && rest <= room(problem, gap, partial) + 1e-9) {
                        best = Math.min(best, size + rest);
                    }
                }
            }
            float[] step = step(problem.plane, Norm.L1, problem.x);
            assertThat(Norm.L1.size(step, 0, length)).as("trial %d", trial).isCloseTo(best, within(1e-6));
        }
    }

    private static double room(Problem problem, double gap, int i) {
        return (problem.plane.normal()[i] > 0) == (gap > 0) ? 1.0 - problem.x[i] : problem.x[i];
    }

    private static float[] step(Hyperplane plane, Norm norm, float[] x) {
        float[] step = new float[x.length];
        plane.step(norm, x, step);
        return step;
    }

    private static SplittableRandom random(String test, Norm norm, int trial) {
        return RandomKey.of(6).with(test).with(norm.id()).with(trial).generator();
    }

    private static final class Problem {
        private final float[] x;
        private final Hyperplane plane;

        private Problem(float[] x, Hyperplane plane) {
            this.x = x;
            this.plane = plane;
        }

        /** A hyperplane that as often as not misses the box. */
        static Problem any(SplittableRandom random, int length) {
            float[] x = Hard.image(random, length);
            float[] normal = Hard.normal(random, length);
            double value = Norm.L1.size(normal, 0, length) * Draw.symmetric(random);
            return new Problem(x, Hyperplane.linearised(normal, x, 0, length, value));
        }

        /** A hyperplane through a point of the box. */
        static Problem reachable(SplittableRandom random, int length) {
            float[] x = Hard.image(random, length);
            float[] normal = Hard.normal(random, length);
            float[] other = Hard.image(random, length);
            return new Problem(x, Hyperplane.linearised(normal, other, 0, length, 0));
        }
    }
}

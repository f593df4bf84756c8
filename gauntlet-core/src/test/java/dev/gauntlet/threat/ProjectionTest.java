package dev.gauntlet.threat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.gauntlet.RandomKey;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class ProjectionTest {
    private static final float[] CLEAN = {.875f, .5f};

    /** Of the room of .125 in the first pixel nothing is left, which projecting first and clipping then would not see. */
    @Test
    void l1GivesThePixelsInsideWhatThoseAtTheBorderCannotUse() {
        assertThat(projected(Norm.L1, CLEAN, new float[] {1.875f, 1}, .375)).containsExactly(1f, .75f);
    }

    @Test
    void l2GivesThePixelsInsideWhatThoseAtTheBorderCannotUse() {
        float[] projected = projected(Norm.L2, CLEAN, new float[] {1.875f, 1}, .375);
        assertThat(projected[0]).isEqualTo(1);
        assertThat(projected[1]).isCloseTo((float) (.5 + Math.sqrt(.375 * .375 - .125 * .125)), within(1e-7f));
    }

    @Test
    void linfClampsToTheBallAndTheBox() {
        float[] clean = {.5f, .5f, .125f, .875f, .5f};
        float[] point = {.75f, 0, -9, Float.POSITIVE_INFINITY, .375f};
        assertThat(projected(Norm.LINF, clean, point, .25)).containsExactly(.75f, .25f, 0, 1, .375f);
    }

    /** The wish of the second pixel is larger, but half of it is outside the box. */
    @Test
    void l0KeepsTheChangesThatCountAfterClamping() {
        float[] clean = {0, .875f, .5f, 0};
        float[] point = {.625f, 2, .5f, -1};
        assertThat(projected(Norm.L0, clean, point, 1)).containsExactly(.625f, .875f, .5f, 0);
        assertThat(projected(Norm.L0, clean, point, 2)).containsExactly(.625f, 1, .5f, 0);
        assertThat(projected(Norm.L0, clean, point, 1.9)).containsExactly(.625f, .875f, .5f, 0);
        assertThat(projected(Norm.L0, clean, point, 0)).containsExactly(clean);
        assertThat(projected(Norm.L0, clean, point, 1e9)).containsExactly(.625f, 1, .5f, 0);
        assertThat(projected(Norm.L0, new float[] {.5f, .5f}, new float[] {1e30f, -3e30f}, 1))
                .containsExactly(.5f, 0);
    }

    @Test
    void l0KeepsTheFirstOfEqualChanges() {
        assertThat(projected(Norm.L0, new float[4], new float[] {.5f, .75f, .5f, .5f}, 2))
                .containsExactly(.5f, .75f, 0, 0);
    }

    @ParameterizedTest
    @EnumSource(Norm.class)
    void alwaysEndsInTheBallAndTheBoxAndStaysThere(Norm norm) {
        for (int trial = 0; trial < 20_000; trial++) {
            SplittableRandom random = random("inside", norm, trial);
            float[] clean = Hard.image(random, 1 + random.nextInt(40));
            float[] point = random.nextBoolean() ? Hard.point(random, clean) : Hard.wildPoint(random, clean);
            double radius = Hard.radius(random, norm, clean.length);
            float[] projected = projected(norm, clean, point, radius);
            double distance = norm.distance(clean, projected, 0, clean.length);
            assertThat(new LpBall(norm, radius).allows(distance))
                    .as("trial %d: %s of %s", trial, distance, radius)
                    .isTrue();
            if (norm != Norm.LINF) {
                assertThat(distance).as("trial %d", trial).isLessThanOrEqualTo(radius);
            }
            for (float pixel : projected) {
                assertThat(pixel).as("trial %d", trial).isBetween(0f, 1f);
            }
            assertThat(projected(norm, clean, projected, radius))
                    .as("trial %d", trial)
                    .isEqualTo(projected);
        }
    }

    @ParameterizedTest
    @EnumSource(Norm.class)
    void aPointInsideStaysBitForBit(Norm norm) {
        for (int trial = 0; trial < 5000; trial++) {
            SplittableRandom random = random("stays", norm, trial);
            float[] clean = Hard.image(random, 1 + random.nextInt(20));
            float[] point = Hard.image(random, clean.length);
            double distance = norm.distance(clean, point, 0, clean.length);
            // exactly on the border, which a rounded radius would cut off
            assertThat(projected(norm, clean, point, distance))
                    .as("trial %d", trial)
                    .isEqualTo(point);
        }
    }

    /** Here every pixel that has room is at the border or nearly there, and sums of rooms are compared with themselves. */
    @ParameterizedTest
    @EnumSource(names = {"L2", "L1"})
    void aRadiusARoundingErrorTooSmallMovesThePointByNoMore(Norm norm) {
        for (int trial = 0; trial < 20_000; trial++) {
            SplittableRandom random = random("nearly", norm, trial);
            float[] clean = Hard.image(random, 1 + random.nextInt(20));
            float[] point = Hard.point(random, clean);
            float[] clamped = projected(norm, clean, point, Double.MAX_VALUE);
            double distance = norm.distance(clean, clamped, 0, clean.length);
            double radius = Math.max(0, distance - random.nextInt(4) * Math.ulp(distance));
            float[] projected = projected(norm, clean, point, radius);
            assertThat(norm.distance(clean, projected, 0, clean.length))
                    .as("trial %d", trial)
                    .isLessThanOrEqualTo(radius)
                    .isCloseTo(distance, within(1e-7 * clean.length));
        }
    }

    @ParameterizedTest
    @EnumSource(Norm.class)
    void radius0GivesTheCleanPixelsBack(Norm norm) {
        for (int trial = 0; trial < 1000; trial++) {
            SplittableRandom random = random("zero", norm, trial);
            float[] clean = Hard.image(random, 1 + random.nextInt(20));
            assertThat(projected(norm, clean, Hard.wildPoint(random, clean), 0))
                    .as("trial %d", trial)
                    .isEqualTo(clean);
        }
    }

    @ParameterizedTest
    @EnumSource(Norm.class)
    void touchesNoOtherExample(Norm norm) {
        float[] clean = {.5f, .5f, .5f, .5f};
        float[] point = {9, 9, -9, 9};
        norm.project(clean, point, 1, 2, norm.largest(2));
        assertThat(point).containsExactly(9, 1, 0, 9);
    }

    @ParameterizedTest
    @EnumSource(Norm.class)
    void leavesAPixelThatIsNotANumberToBeFound(Norm norm) {
        float[] projected = projected(norm, new float[] {.5f, .5f, .5f}, new float[] {1, Float.NaN, 7}, 1);
        assertThat(projected[1]).isNaN();
        assertThat(new LpBall(norm, 1).allows(norm.distance(new float[3], projected, 0, 3)))
                .isFalse();
    }

    @ParameterizedTest
    @EnumSource(names = {"L2", "L1"})
    void isTheProjectionThatBisectionFinds(Norm norm) {
        for (int trial = 0; trial < 3000; trial++) {
            SplittableRandom random = random("bisection", norm, trial);
            float[] clean = Hard.image(random, 1 + random.nextInt(random.nextInt(10) == 0 ? 300 : 6));
            float[] point = Hard.point(random, clean);
            double radius = Hard.radius(random, norm, clean.length);
            double[] expected = Slow.project(norm, clean, point, radius);
            float[] projected = projected(norm, clean, point, radius);
            for (int i = 0; i < clean.length; i++) {
                assertThat((double) projected[i])
                        .as("trial %d, pixel %d of %d, radius %s", trial, i, clean.length, radius)
                        .isCloseTo(expected[i], within(1e-7));
            }
        }
    }

    @Test
    void l2IsTheProjectionThatDykstraFinds() {
        for (int trial = 0; trial < 200; trial++) {
            SplittableRandom random = random("dykstra", Norm.L2, trial);
            float[] clean = Hard.image(random, 1 + random.nextInt(6));
            float[] point = new float[clean.length];
            for (int i = 0; i < point.length; i++) {
                point[i] = (float) (clean[i] + 2 * Draw.symmetric(random));
            }
            double radius = .1 + random.nextDouble();
            double[] expected = Slow.dykstra(
                    point,
                    x -> {
                        double size = Slow.size(Norm.L2, Slow.change(clean, x));
                        for (int i = 0; i < x.length; i++) {
                            x[i] = size <= radius ? x[i] : clean[i] + (x[i] - clean[i]) * (radius / size);
                        }
                        return x;
                    },
                    5000);
            float[] projected = projected(Norm.L2, clean, point, radius);
            for (int i = 0; i < clean.length; i++) {
                assertThat((double) projected[i])
                        .as("trial %d, pixel %d", trial, i)
                        .isCloseTo(expected[i], within(1e-4));
            }
        }
    }

    /** The optimality condition of a projection: no feasible point is on the far side of the plane through it. */
    @ParameterizedTest
    @EnumSource(names = {"LINF", "L2", "L1"})
    void noFeasiblePointIsNearer(Norm norm) {
        for (int trial = 0; trial < 300; trial++) {
            SplittableRandom random = random("optimal", norm, trial);
            float[] clean = Hard.image(random, 1 + random.nextInt(8));
            float[] point = Hard.point(random, clean);
            double radius = norm.largest(clean.length) * random.nextDouble();
            float[] projected = projected(norm, clean, point, radius);
            double longest = Math.max(1, Norm.L2.distance(point, projected, 0, clean.length));
            for (int other = 0; other < 200; other++) {
                double nearness = other % 2 == 0 ? 1 : Math.pow(10, -6 * random.nextDouble());
                double[] feasible = feasible(random, norm, clean, projected, radius, nearness);
                double product = 0;
                for (int i = 0; i < clean.length; i++) {
                    product += ((double) point[i] - projected[i]) * (feasible[i] - projected[i]);
                }
                assertThat(product).as("trial %d", trial).isLessThanOrEqualTo(1e-6 * longest);
            }
        }
    }

    @Test
    void l0IsTheBestOfAllChoicesOfPixels() {
        for (int trial = 0; trial < 2000; trial++) {
            SplittableRandom random = random("subsets", Norm.L0, trial);
            float[] clean = Hard.image(random, 1 + random.nextInt(7));
            float[] point = Hard.point(random, clean);
            int radius = random.nextInt(clean.length + 1);
            double nearest = Double.POSITIVE_INFINITY;
            for (int subset = 0; subset < 1 << clean.length; subset++) {
                if (Integer.bitCount(subset) <= radius) {
                    double[] candidate = new double[clean.length];
                    for (int i = 0; i < clean.length; i++) {
                        boolean changed = (subset >> i & 1) == 1;
                        candidate[i] = changed ? Math.max(0, Math.min(1, point[i])) : clean[i];
                    }
                    nearest = Math.min(nearest, Slow.squaredDistance(candidate, point));
                }
            }
            double[] projected = doubles(projected(Norm.L0, clean, point, radius));
            assertThat(Slow.squaredDistance(projected, point))
                    .as("trial %d", trial)
                    .isLessThanOrEqualTo(nearest * (1 + 1e-12));
        }
    }

    /** Pixels far outside the box fill theirs first, one after the other, however far they are. */
    @ParameterizedTest
    @CsvSource({"1e3, 1e2", "1e6, 1e3", "3e38, 1e5"})
    void l1IsExactForChangesOfVeryDifferentSize(float huge, float large) {
        float[] clean = {.5f, .5f, .5f};
        assertThat(projected(Norm.L1, clean, new float[] {1, large, -huge}, .75))
                .containsExactly(.5f, .75f, 0);
    }

    @ParameterizedTest
    @EnumSource(names = {"L2", "L1"})
    void aLargeImageIsProjectedInOnePassOverItsEqualChanges(Norm norm) {
        float[] clean = new float[150_528];
        Arrays.fill(clean, .25f);
        float[] point = clean.clone();
        Arrays.fill(point, 0, 100_000, 1);
        float[] projected = projected(norm, clean, point, 10);
        double each = norm == Norm.L1 ? 10 / 100_000.0 : 10 / Math.sqrt(100_000);
        assertThat((double) projected[0]).isCloseTo(.25 + each, within(1e-7));
        assertThat(projected[99_999]).isEqualTo(projected[0]);
        assertThat(projected[100_000]).isEqualTo(.25f);
    }

    private static float[] projected(Norm norm, float[] clean, float[] point, double radius) {
        float[] projected = point.clone();
        norm.project(clean, projected, 0, clean.length, radius);
        return projected;
    }

    /** A random point of ball and box: the way from the clean example is cut where it leaves the ball. */
    private static double[] feasible(
            SplittableRandom random, Norm norm, float[] clean, float[] near, double radius, double nearness) {
        double[] feasible = new double[clean.length];
        for (int i = 0; i < clean.length; i++) {
            double target = random.nextInt(3) == 0 ? random.nextInt(2) : random.nextDouble();
            feasible[i] = Math.max(0, Math.min(1, near[i] + nearness * (target - near[i])));
        }
        double size = Slow.size(norm, Slow.change(clean, feasible));
        for (int i = 0; i < clean.length; i++) {
            feasible[i] = clean[i] + Math.min(1, radius / Math.max(size, 1e-300)) * (feasible[i] - clean[i]);
        }
        return feasible;
    }

    private static double[] doubles(float[] values) {
        double[] doubles = new double[values.length];
        for (int i = 0; i < values.length; i++) {
            doubles[i] = values[i];
        }
        return doubles;
    }

    private static SplittableRandom random(String test, Norm norm, int trial) {
        return RandomKey.of(5).with(test).with(norm.id()).with(trial).generator();
    }
}

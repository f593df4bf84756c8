package dev.gauntlet.threat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.gauntlet.RandomKey;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Means over many draws against those of the uniform distribution, which are known. */
class SampleTest {
    private static final int DRAWS = 20_000;

    @ParameterizedTest
    @EnumSource(Norm.class)
    void neverLeavesTheBall(Norm norm) {
        for (int trial = 0; trial < 20_000; trial++) {
            SplittableRandom random = random("inside", norm, trial);
            int length = 1 + random.nextInt(9);
            double radius = Hard.radius(random, norm, length);
            float[] drawn = draw(norm, random, length, Math.min(radius, 1e30));
            assertThat(norm.size(drawn, 0, length)).as("trial %d", trial).isLessThanOrEqualTo(radius);
        }
    }

    /** In d dimensions the part of the ball within a fraction f of the radius is f^d, and the mean fraction d/(d+1). */
    @ParameterizedTest
    @CsvSource({
        "LINF, 1",
        "LINF, 2",
        "LINF, 5",
        "LINF, 784",
        "L2, 1",
        "L2, 2",
        "L2, 5",
        "L2, 784",
        "L1, 1",
        "L1, 2",
        "L1, 5",
        "L1, 784"
    })
    void sizesAreThoseOfPointsSpreadEvenlyOverTheBall(Norm norm, int length) {
        SplittableRandom random = random("sizes", norm, length);
        int draws = length < 10 ? DRAWS : 500;
        double mean = 0;
        double near = 0;
        for (int i = 0; i < draws; i++) {
            double fraction = norm.size(draw(norm, random, length, .25), 0, length) / .25;
            mean += fraction / draws;
            near += fraction < .5 ? 1.0 / draws : 0;
        }
        double expected = length / (length + 1.0);
        double deviation = Math.sqrt(length / (length + 2.0) - expected * expected);
        assertThat(mean).isCloseTo(expected, within(5 * deviation / Math.sqrt(draws) + 1e-7));
        double expectedNear = Math.pow(.5, length);
        assertThat(near).isCloseTo(expectedNear, within(5 * Math.sqrt(expectedNear / draws)));
    }

    /** The variance of one coordinate of a point spread evenly over the ball of radius 1. */
    @ParameterizedTest
    @CsvSource({"LINF, 3", "L2, 3", "L1, 3", "LINF, 4", "L2, 4", "L1, 4"})
    void everyCoordinateHasMean0AndTheSameSpread(Norm norm, int length) {
        double expected = switch (norm) {
            case LINF -> 1 / 3.0;
            case L2 -> 1 / (length + 2.0);
            case L1 -> 2 / ((length + 1.0) * (length + 2));
            case L0 -> throw new AssertionError("not uniform");
        };
        double[] mean = new double[length];
        double[] square = new double[length];
        SplittableRandom random = random("coordinates", norm, length);
        for (int i = 0; i < DRAWS; i++) {
            float[] drawn = draw(norm, random, length, 1);
            for (int j = 0; j < length; j++) {
                mean[j] += drawn[j] / (double) DRAWS;
                square[j] += (double) drawn[j] * drawn[j] / DRAWS;
            }
        }
        for (int j = 0; j < length; j++) {
            assertThat(mean[j]).isCloseTo(0, within(5 * Math.sqrt(expected / DRAWS)));
            assertThat(square[j]).isCloseTo(expected, within(.05 * expected));
        }
    }

    /** Normal directions are spread evenly; of a uniform cube's, more point to its corners. */
    @ParameterizedTest
    @ValueSource(ints = {2, 3})
    void l2DirectionsPreferNone(int length) {
        SplittableRandom random = random("directions", Norm.L2, length);
        double fourth = 0;
        for (int i = 0; i < DRAWS; i++) {
            float[] drawn = draw(Norm.L2, random, length, 1);
            double cosine = drawn[0] / Norm.L2.size(drawn, 0, length);
            fourth += Math.pow(cosine, 4) / DRAWS;
        }
        assertThat(fourth).isCloseTo(3.0 / (length * (length + 2.0)), within(.01));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 3, 5, 9})
    void l0GivesUniformNumbersToThatManyPlacesEachAsOftenAsTheOthers(int radius) {
        int length = 5;
        int changes = Math.min(radius, length);
        SplittableRandom random = random("places", Norm.L0, radius);
        int[] often = new int[length];
        double mean = 0;
        double square = 0;
        for (int i = 0; i < DRAWS; i++) {
            float[] drawn = draw(Norm.L0, random, length, radius + .5);
            assertThat(Norm.L0.size(drawn, 0, length)).isEqualTo(changes);
            assertThat(Norm.LINF.size(drawn, 0, length)).isLessThanOrEqualTo(1);
            for (int j = 0; j < length; j++) {
                often[j] += drawn[j] != 0 ? 1 : 0;
                mean += drawn[j];
                square += (double) drawn[j] * drawn[j];
            }
        }
        double numbers = Math.max(1, (double) changes * DRAWS);
        assertThat(mean / numbers).isCloseTo(0, within(.02));
        assertThat(square / numbers).isCloseTo(changes == 0 ? 0 : 1 / 3.0, within(.02));
        for (int count : often) {
            assertThat(count / (double) DRAWS).isCloseTo(changes / (double) length, within(.02));
        }
    }

    @ParameterizedTest
    @EnumSource(Norm.class)
    void aStartThatIsProjectedStaysNearTheCleanExample(Norm norm) {
        for (int trial = 0; trial < 2000; trial++) {
            SplittableRandom random = random("start", norm, trial);
            float[] clean = Hard.image(random, 1 + random.nextInt(20));
            double radius = norm == Norm.L0 ? random.nextInt(9) : norm.largest(clean.length) * random.nextDouble();
            float[] start = draw(norm, random, clean.length, radius);
            for (int i = 0; i < clean.length; i++) {
                start[i] += clean[i];
            }
            norm.project(clean, start, 0, clean.length, radius);
            assertThat(new LpBall(norm, radius).allows(norm.distance(clean, start, 0, clean.length)))
                    .as("trial %d", trial)
                    .isTrue();
        }
    }

    @ParameterizedTest
    @EnumSource(Norm.class)
    void dependsOnTheGeneratorAloneAndTouchesNoOtherExample(Norm norm) {
        float[] batch = {7, 7, 7, 7, 7};
        norm.sample(random("alone", norm, 1), batch, 1, 3, 2);
        float[] alone = draw(norm, random("alone", norm, 1), 3, 2);
        assertThat(batch).containsExactly(7, alone[0], alone[1], alone[2], 7);
    }

    private static float[] draw(Norm norm, SplittableRandom random, int length, double radius) {
        float[] drawn = new float[length];
        norm.sample(random, drawn, 0, length, radius);
        return drawn;
    }

    private static SplittableRandom random(String test, Norm norm, int part) {
        return RandomKey.of(7).with(test).with(norm.id()).with(part).generator();
    }
}

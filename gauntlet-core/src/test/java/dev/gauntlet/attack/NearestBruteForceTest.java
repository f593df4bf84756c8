package dev.gauntlet.attack;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gauntlet.RandomKey;
import dev.gauntlet.attack.kit.AttackResult;
import dev.gauntlet.attack.kit.Problem;
import dev.gauntlet.data.Batch;
import dev.gauntlet.model.DifferentiableClassifier;
import dev.gauntlet.testkit.ArrayDataset;
import dev.gauntlet.testkit.TwoLayerModel;
import dev.gauntlet.threat.Norm;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Attacks for minimal distance on two pixels, against trying all points: the mistakes fill a circle that the border of the
 * box cuts off.
 */
class NearestBruteForceTest {
    /** The distance between neighbouring points that are tried. */
    private static final double GRID = 1 / 100.0;

    private static final int MODELS = 10;

    /** With the factor of the smallest distance that each attack reaches. */
    static Stream<Arguments> attacks() {
        return Stream.of(
                Arguments.of(new Ddn(300, .05, .1, 0), Norm.L2, 1.02),
                Arguments.of(new CarliniWagner(9, 1000, .01, .001, false), Norm.L2, 1.02),
                Arguments.of(new ElasticNet(9, 1000, .01, .001, .01, false), Norm.L1, 1.1),
                Arguments.of(new Fmn(300, 1, .01, .05, .001), Norm.LINF, 1.02),
                Arguments.of(new Fmn(300, 1, .01, .05, .001), Norm.L2, 1.02),
                Arguments.of(new Fmn(300, 1, .01, .05, .001), Norm.L1, 1.02));
    }

    @ParameterizedTest
    @MethodSource("attacks")
    void findsTheNearestOfAllPoints(MinimalNormAttack<DifferentiableClassifier> attack, Norm norm, double factor) {
        int cutOff = 0;
        for (int trial = 0; trial < MODELS; trial++) {
            SplittableRandom random = RandomKey.of(8).with(trial).generator();
            TwoLayerModel model = round(random);
            float[] x = {(float) random.nextDouble(), random.nextInt(2)};
            double nearest = nearest(model, x, norm, 0, 1);
            cutOff += nearest(model, x, norm, -.5, 1.5) < nearest - GRID ? 1 : 0;
            Batch clean = ArrayDataset.of(2, new int[] {0}, x).all();
            AttackResult result = attack.nearest(model, Problem.of(clean, norm));
            assertThat(result.success()).as("trial %d", trial).containsExactly(true);
            assertThat(norm.distance(x, result.pixels(), 0, 2))
                    .as("trial %d", trial)
                    .isLessThan(factor * nearest + 2 * GRID);
        }
        // in L1 what is nearest is along a row or column, and so never beyond the border alone
        if (norm != Norm.L1) {
            assertThat(cutOff).isGreaterThan(MODELS / 5);
        }
    }

    /** Class 1 has a lead in the middle of what is nearly a circle, which loses it outwards. */
    private static TwoLayerModel round(SplittableRandom random) {
        int lines = 24;
        double[][] normals = new double[lines][2];
        double[] levels = new double[lines];
        double[] weights = new double[lines];
        double x = 1.4 * random.nextDouble() - .2;
        double y = random.nextBoolean() ? -.1 : 1.1;
        Arrays.fill(weights, -2 - 2 * random.nextDouble());
        for (int line = 0; line < lines; line++) {
            normals[line][0] = Math.cos(2 * Math.PI * line / lines);
            normals[line][1] = Math.sin(2 * Math.PI * line / lines);
            levels[line] = -normals[line][0] * x - normals[line][1] * y;
        }
        return new TwoLayerModel(normals, levels, new double[][] {new double[lines], weights}, new double[] {0, 6});
    }

    /** Tries all points from low to high in both directions. */
    private static double nearest(TwoLayerModel model, float[] x, Norm norm, double low, double high) {
        double nearest = Double.POSITIVE_INFINITY;
        for (double first = low; first < high + GRID / 2; first += GRID) {
            for (double second = low; second < high + GRID / 2; second += GRID) {
                double[] logits = model.logitsOf(new double[] {first, second});
                if (logits[1] > logits[0]) {
                    nearest = Math.min(nearest, norm.distance(x, new float[] {(float) first, (float) second}, 0, 2));
                }
            }
        }
        return nearest;
    }
}

package dev.gauntlet.bounds;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.gauntlet.RandomKey;
import dev.gauntlet.model.LayerGraph;
import dev.gauntlet.threat.Norm;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Small networks whose smallest margins are known. */
class BoundsTest {
    /** The margin of class 0 over class 1, from all relaxations. */
    private static List<Double> margins(
            LayerGraph network, double[] clean, Norm norm, double radius, Precision precision) {
        List<Double> found = new ArrayList<>();
        found.add(margin(network, clean, norm, radius, precision, null));
        for (Slope slope : Slope.values()) {
            found.add(margin(network, clean, norm, radius, precision, slope));
        }
        return found;
    }

    private static double margin(
            LayerGraph network, double[] clean, Norm norm, double radius, Precision precision, @Nullable Slope slope) {
        try (PointerScope scope = new PointerScope();
                NoGradGuard guard = new NoGradGuard();
                BoundGraph graph = BoundGraph.of("small", network)) {
            Region region = Region.of(Doubles.of(clean, 1, clean.length), norm, radius);
            Bounds bounds = Bounds.of(graph, region, precision, slope);
            Relaxation relaxation = slope == null ? IntervalRelaxation.INSTANCE : new SlopeRelaxation(slope);
            return Doubles.read(new Backward(graph, bounds, relaxation, true)
                    .lower(graph.output(), Rows.margins(new int[] {0}, graph.classes())))[0];
        }
    }

    private static double[] point(SplittableRandom random, int length) {
        return random.doubles(length).map(value -> (float) value).toArray();
    }

    @ParameterizedTest
    @EnumSource(
            value = Norm.class,
            names = {"LINF", "L2", "L1"})
    void isExactOnAffineNetworks(Norm norm) {
        for (int seed = 0; seed < 20; seed++) {
            ReluModel model = ReluModel.random(seed, 1, 6, 2);
            // far from the limits of the pixels, which the dual norm does not know
            double[] clean = {0.5, 0.4, 0.6, 0.5, 0.45, 0.55};
            double[] logits = model.logitsOf(clean);
            LayerGraph.Dense layer =
                    (LayerGraph.Dense) model.graph().nodes().get(1).operation();
            double sum = 0;
            double squares = 0;
            double largest = 0;
            for (int i = 0; i < 6; i++) {
                double difference = (double) layer.weight()[i] - layer.weight()[6 + i];
                sum += Math.abs(difference);
                squares += difference * difference;
                largest = Math.max(largest, Math.abs(difference));
            }
            double size = norm == Norm.LINF ? sum : norm == Norm.L2 ? Math.sqrt(squares) : largest;
            double exact = logits[0] - logits[1] - 0.1 * size;

            assertThat(margins(model.graph(), clean, norm, 0.1, Precision.DOUBLE))
                    .allSatisfy(margin ->
                            assertThat(margin).isLessThanOrEqualTo(exact).isCloseTo(exact, within(1e-12)));
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = Norm.class,
            names = {"LINF", "L2", "L1"})
    void isTheMarginAtRadiusZero(Norm norm) {
        for (int seed = 0; seed < 10; seed++) {
            ReluModel model = ReluModel.random(seed, 1, 5, 8, 7, 2);
            double[] clean = point(RandomKey.of(seed).generator(), 5);
            double[] logits = model.logitsOf(clean);

            assertThat(margins(model.graph(), clean, norm, 0, Precision.DOUBLE))
                    .allSatisfy(margin -> assertThat(margin)
                            .isLessThanOrEqualTo(logits[0] - logits[1] + 1e-15)
                            .isCloseTo(logits[0] - logits[1], within(1e-11)));
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = Norm.class,
            names = {"LINF", "L2", "L1"})
    void neverExceedsAnyMarginInTheBallOfATwoDimensionalNetwork(Norm norm) {
        int grid = 40;
        for (int seed = 0; seed < 25; seed++) {
            ReluModel model = ReluModel.random(seed, 1, 2, 8, 6, 2);
            double[] clean = point(RandomKey.of(seed).with("point").generator(), 2);
            double radius = 0.02 + 0.02 * seed;
            double smallest = Double.POSITIVE_INFINITY;
            for (int i = -grid; i <= grid; i++) {
                for (int j = -grid; j <= grid; j++) {
                    double[] change = {radius * i / grid, radius * j / grid};
                    double size = norm == Norm.LINF
                            ? 0
                            : norm == Norm.L2
                                    ? Math.hypot(change[0], change[1])
                                    : Math.abs(change[0]) + Math.abs(change[1]);
                    double[] moved = {clean[0] + change[0], clean[1] + change[1]};
                    if (size <= radius && moved[0] >= 0 && moved[0] <= 1 && moved[1] >= 0 && moved[1] <= 1) {
                        double[] logits = model.logitsOf(moved);
                        smallest = Math.min(smallest, logits[0] - logits[1]);
                    }
                }
            }
            double least = smallest;

            assertThat(margins(model.graph(), clean, norm, radius, Precision.DOUBLE))
                    .allSatisfy(margin -> assertThat(margin).isLessThanOrEqualTo(least));
        }
    }

    @Test
    void fallsAsTheRadiusGrows() {
        for (int seed = 0; seed < 10; seed++) {
            ReluModel model = ReluModel.random(seed, 1, 4, 10, 10, 2);
            double[] clean = point(RandomKey.of(seed).generator(), 4);
            // the adaptive slope may change between 0 and 1, so only fixed rules promise this
            double before = Double.POSITIVE_INFINITY;
            double beforeByIntervals = Double.POSITIVE_INFINITY;
            for (double radius = 0; radius < 0.3; radius += 0.03) {
                double margin = margin(model.graph(), clean, Norm.LINF, radius, Precision.DOUBLE, Slope.SAME);
                double byIntervals = margin(model.graph(), clean, Norm.LINF, radius, Precision.DOUBLE, null);
                assertThat(margin).isLessThanOrEqualTo(before + 1e-12);
                assertThat(byIntervals).isLessThanOrEqualTo(beforeByIntervals + 1e-12);
                before = margin;
                beforeByIntervals = byIntervals;
            }
        }
    }

    @Test
    void isBelowTheExactMarginWhereRoundedArithmeticIsNot() {
        int overstated = 0;
        for (int seed = 0; seed < 300; seed++) {
            // large weights that cancel, so that rounding errors are visible
            ReluModel model = ReluModel.random(seed, 1e4, 3, 3, 2);
            double[] clean = point(RandomKey.of(seed).generator(), 3);
            BigDecimal[] exact = model.exactLogits(clean);
            BigDecimal margin = exact[0].subtract(exact[1]);

            for (double found : margins(model.graph(), clean, Norm.LINF, 0, Precision.DOUBLE)) {
                assertThat(new BigDecimal(found)).isLessThan(margin);
            }
            for (double found : margins(model.graph(), clean, Norm.LINF, 0, Precision.IGNORED)) {
                overstated += new BigDecimal(found).compareTo(margin) > 0 ? 1 : 0;
            }
        }
        assertThat(overstated)
                .as("bounds above the exact margin if rounding is ignored")
                .isPositive();
    }

    @Test
    void isBelowTheExactMarginAtEveryCornerOfABox() {
        for (int seed = 0; seed < 100; seed++) {
            ReluModel model = ReluModel.random(seed, 1e4, 3, 3, 2);
            double[] clean = point(RandomKey.of(seed).generator(), 3);
            double radius = 1e-9;
            List<Double> bounds = margins(model.graph(), clean, Norm.LINF, radius, Precision.DOUBLE);
            for (int corner = 0; corner < 8; corner++) {
                double[] moved = clean.clone();
                for (int i = 0; i < 3; i++) {
                    moved[i] = Math.max(0, Math.min(1, moved[i] + ((corner >> i & 1) == 0 ? -radius : radius)));
                }
                BigDecimal[] exact = model.exactLogits(moved);
                for (double found : bounds) {
                    assertThat(new BigDecimal(found)).isLessThanOrEqualTo(exact[0].subtract(exact[1]));
                }
            }
        }
    }

    @Test
    void boundsHowFarFloatArithmeticIsOff() {
        double largestShare = 0;
        for (int seed = 0; seed < 60; seed++) {
            ReluModel model = ReluModel.random(seed, 1, 20, 15, 12, 3);
            SplittableRandom random = RandomKey.of(seed).generator();
            double[] clean = point(random, 20);
            double[] deviations;
            try (PointerScope scope = new PointerScope();
                    NoGradGuard guard = new NoGradGuard();
                    BoundGraph graph = BoundGraph.of("small", model.graph())) {
                Region region = Region.of(Doubles.of(clean, 1, clean.length), Norm.LINF, 0.1);
                deviations = Doubles.read(
                        Bounds.of(graph, region, Precision.DOUBLE, null).deviations());
            }
            for (int trial = 0; trial < 20; trial++) {
                float[] moved = new float[20];
                double[] wide = new double[20];
                for (int i = 0; i < 20; i++) {
                    moved[i] = (float) Math.max(0, Math.min(1, clean[i] + 0.1 * (2 * random.nextDouble() - 1)));
                    wide[i] = moved[i];
                }
                BigDecimal[] exact = model.exactLogits(wide);
                float[] computed = model.floatLogits(moved, random);
                for (int k = 0; k < 3; k++) {
                    double off =
                            exact[k].subtract(new BigDecimal(computed[k])).abs().doubleValue();
                    assertThat(off).isLessThanOrEqualTo(deviations[k]);
                    largestShare = Math.max(largestShare, off / deviations[k]);
                }
            }
        }
        // a bound that is never approached would not be tested here
        assertThat(largestShare).isGreaterThan(0.001);
    }
}

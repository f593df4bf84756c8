package dev.gauntlet.bounds;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.gauntlet.RandomKey;
import dev.gauntlet.model.LayerGraph;
import dev.gauntlet.threat.Norm;
import java.util.List;
import java.util.SplittableRandom;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PruningTest {
    private static final int INPUTS = 6;

    private static double[] random(int count, long seed) {
        SplittableRandom random = RandomKey.of(seed).generator();
        double[] values = new double[count];
        for (int i = 0; i < count; i++) {
            values[i] = random.nextDouble();
        }
        return values;
    }

    private static double[] margins(BoundGraph graph, Bounds bounds) {
        Tensor start = Rows.margins(new int[] {1}, graph.classes());
        return Doubles.read(
                new Backward(graph, bounds, new SlopeRelaxation(Slope.ADAPTIVE), true).lower(graph.output(), start));
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void changesNeitherOutputsNorBounds(long seed) {
        ReluModel model = ReluModel.random(seed, 0.7, INPUTS, 20, 18, 16, 3);
        try (PointerScope scope = new PointerScope();
                NoGradGuard guard = new NoGradGuard();
                BoundGraph graph = BoundGraph.of("all", model.graph())) {
            Tensor clean = Doubles.of(random(INPUTS, seed), 1, INPUTS);
            Region region = Region.of(clean, Norm.LINF, 0.1);
            Bounds bounds = Bounds.of(graph, region, Precision.DOUBLE, Slope.ADAPTIVE);
            Pruning pruning = graph.pruning(bounds);
            assertThat(pruning.isWorthwhile()).isTrue();
            try (BoundGraph smaller = graph.pruned(pruning)) {
                assertThat(smaller.size(1)).isLessThan(graph.size(1));
                assertThat(smaller.classes()).isEqualTo(3);
                Tensor width = region.box().upper().sub(region.box().lower());
                Tensor points = region.box().lower().add(width.mul(Doubles.of(random(50 * INPUTS, 9), 50, INPUTS)));
                double[] expected = Doubles.read(graph.logits(points));
                double[] found = Doubles.read(smaller.logits(points));
                for (int i = 0; i < expected.length; i++) {
                    assertThat(found[i]).isCloseTo(expected[i], within(1e-12));
                }
                double[] all = margins(graph, bounds);
                double[] fewer = margins(smaller, bounds.pruned(smaller, pruning));
                for (int i = 0; i < all.length; i++) {
                    assertThat(fewer[i]).isCloseTo(all[i], within(1e-11));
                }
            }
        }
    }

    @Test
    void keepsANumberOfALayerThatIsZeroEverywhere() {
        float[] off = {-1, -2};
        ReluModel model = new ReluModel(List.of(
                new LayerGraph.Dense(2, 1, new float[] {0.1f, 0.2f}, off),
                new LayerGraph.Dense(2, 2, new float[] {1, 2, 3, 4}, new float[] {0.5f, 0.25f})));
        try (PointerScope scope = new PointerScope();
                NoGradGuard guard = new NoGradGuard();
                BoundGraph graph = BoundGraph.of("all", model.graph())) {
            Region region = Region.of(Doubles.of(new double[] {0.5}, 1, 1), Norm.LINF, 0.1);
            Bounds bounds = Bounds.of(graph, region, Precision.DOUBLE, Slope.ADAPTIVE);
            try (BoundGraph smaller = graph.pruned(graph.pruning(bounds))) {
                assertThat(smaller.size(1)).isEqualTo(1);
                assertThat(Doubles.read(smaller.logits(Doubles.of(new double[] {0.5}, 1, 1))))
                        .containsExactly(0.5, 0.25);
            }
        }
    }
}

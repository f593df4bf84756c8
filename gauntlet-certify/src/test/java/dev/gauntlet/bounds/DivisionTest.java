package dev.gauntlet.bounds;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gauntlet.threat.Norm;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Divides the region for the numbers of a layer, and compares with the smallest values on a grid. */
class DivisionTest {
    private static final int SIDE = 201;
    private static final double RADIUS = 0.25;

    /** Returns the smallest value of each number of a node, and of its negative, on a grid of the region. */
    private static double[] smallest(BoundGraph graph, int node) {
        double[] points = new double[2 * SIDE * SIDE];
        for (int i = 0; i < SIDE * SIDE; i++) {
            int row = i / SIDE;
            int column = i % SIDE;
            points[2 * i] = 0.5 + RADIUS * (2.0 * row / (SIDE - 1) - 1);
            points[2 * i + 1] = 0.5 + RADIUS * (2.0 * column / (SIDE - 1) - 1);
        }
        int size = graph.size(node);
        double[] values = Doubles.read(graph.values(Doubles.of(points, SIDE * SIDE, 2), node)[node]);
        double[] smallest = new double[2 * size];
        for (int i = 0; i < size; i++) {
            int place = i;
            double[] column = IntStream.range(0, SIDE * SIDE)
                    .mapToDouble(point -> values[point * size + place])
                    .toArray();
            smallest[i] = Arrays.stream(column).min().orElseThrow();
            smallest[size + i] = -Arrays.stream(column).max().orElseThrow();
        }
        return smallest;
    }

    @ParameterizedTest
    @CsvSource({"1, 3", "2, 3", "3, 5", "5, 5", "6, 5"})
    void boundsNumbersOfLayersFromBelow(long seed, int node) {
        ReluModel model = ReluModel.random(seed, 0.9, 2, 12, 10, 8, 3);
        try (PointerScope scope = new PointerScope();
                NoGradGuard guard = new NoGradGuard();
                BoundGraph graph = BoundGraph.of("model", model.graph())) {
            Region region = Region.of(Doubles.of(new double[] {0.5, 0.5}, 1, 2), Norm.LINF, RADIUS);
            Bounds bounds = Bounds.of(graph, region, Precision.DOUBLE, Slope.ADAPTIVE);
            int size = graph.size(node);
            int[] places = IntStream.range(0, size).toArray();
            SlopeSearch search = new SlopeSearch(graph, bounds, node - 1);
            SlopeSearch.Raised raised = search.run(pass -> pass.bothSides(node, places), 2 * size, 20, 0.1, 1e9);
            double[] whole = Doubles.read(raised.lower());
            double[][] slopes = raised.ofFunctions();
            SlopeSearch.Functions functions = (pass, chosen) -> pass.oneSide(
                    node,
                    IntStream.of(chosen).map(i -> i % size).toArray(),
                    IntStream.of(chosen).mapToDouble(i -> i < size ? 1 : -1).toArray());
            Division division =
                    new Division(search, functions, Division.Effort.HIGH, (result, count) -> false, parts -> false);
            List<Domain> wholes = IntStream.range(0, 2 * size)
                    .mapToObj(i -> Domain.whole(i, whole[i], slopes[i]))
                    .toList();
            double[] targets = new double[2 * size];
            double[] divided = division.run(wholes, targets, 200, false);
            double[] smallest = smallest(graph, node);
            int raisedByDividing = 0;
            for (int i = 0; i < divided.length; i++) {
                raisedByDividing += divided[i] > whole[i] + 0.01 ? 1 : 0;
                assertThat(divided[i]).isGreaterThanOrEqualTo(whole[i]).isLessThanOrEqualTo(smallest[i] + 1e-9);
                // the bounds of the layers before are those of the whole, so not all signs are decided
                if (smallest[i] > 0.2) {
                    assertThat(divided[i]).isPositive();
                }
            }
            assertThat(division.domains()).isGreaterThan(2L * size);
            if (node == 5) {
                assertThat(raisedByDividing).isPositive();
            }
            // a division that ends early, or is ended by a point, bounds the whole region all the same
            for (int limit = 0; limit < 150; limit += 7) {
                int most = limit;
                double[] early = new Division(
                                search,
                                functions,
                                limit % 2 == 0 ? Division.Effort.HIGH : Division.Effort.LOW,
                                (result, count) -> most % 3 == 0 && count > most,
                                parts -> parts >= most)
                        .run(wholes, targets, 200, false);
                for (int i = 0; i < early.length; i++) {
                    assertThat(early[i]).isLessThanOrEqualTo(smallest[i] + 1e-9);
                }
            }
        }
    }
}

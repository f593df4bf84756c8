package dev.gauntlet.bounds;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;

/**
 * Bounds any functions of the outputs by intervals and by single passes.
 *
 * @param graph the model
 * @param region the region of one example
 * @param rows the coefficients of the functions
 */
record LinearRows(BoundGraph graph, Region region, double[][] rows) {
    /** Returns the best lower bound of each function. */
    double[] lower() {
        try (PointerScope scope = new PointerScope()) {
            Tensor start = Doubles.of(
                    Arrays.stream(rows).flatMapToDouble(Arrays::stream).toArray(), 1, rows.length, graph.classes());
            double[] lower = new double[rows.length];
            Arrays.fill(lower, Double.NEGATIVE_INFINITY);
            Bounds intervals = Bounds.of(graph, region, Precision.DOUBLE, null);
            improve(lower, intervals, IntervalRelaxation.INSTANCE, start);
            if (IntStream.range(0, lower.length).anyMatch(i -> !(lower[i] > 0))) {
                Bounds bounds = Bounds.of(graph, region, Precision.DOUBLE, Slope.ADAPTIVE);
                improve(lower, bounds, new SlopeRelaxation(Slope.ADAPTIVE), start);
                improve(lower, bounds, new SlopeRelaxation(Slope.ZERO), start);
            }
            return lower;
        }
    }

    private void improve(double[] lower, Bounds bounds, Relaxation relaxation, Tensor start) {
        double[] found = Doubles.read(new Backward(graph, bounds, relaxation, true).lower(graph.output(), start));
        for (int i = 0; i < lower.length; i++) {
            // a NaN proves nothing
            lower[i] = found[i] > lower[i] ? found[i] : lower[i];
        }
    }
}

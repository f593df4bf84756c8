package dev.gauntlet.bounds;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;

/** Proves margins by intervals and by single passes to the pixels, as few as needed. */
final class LinearBounds {
    private final BoundGraph graph;
    private final Region region;
    private final int[] labels;
    private final ProvedMargins[] proved;

    /**
     * Prepares the proofs.
     *
     * @param graph the model
     * @param region one region per example
     * @param labels the true classes
     */
    LinearBounds(BoundGraph graph, Region region, int[] labels) {
        this.graph = graph;
        this.region = region;
        this.labels = labels;
        this.proved = new ProvedMargins[labels.length];
        double[] unknown = new double[graph.classes() - 1];
        Arrays.fill(unknown, Double.NEGATIVE_INFINITY);
        double[] far = new double[graph.classes()];
        Arrays.fill(far, Double.POSITIVE_INFINITY);
        for (int i = 0; i < labels.length; i++) {
            proved[i] = new ProvedMargins(labels[i], unknown, far);
        }
    }

    ProvedMargins[] proved() {
        return proved;
    }

    /** Bounds the margins of all examples by intervals. */
    LinearBounds byIntervals() {
        try (PointerScope scope = new PointerScope()) {
            Bounds bounds = Bounds.of(graph, region, Precision.DOUBLE, null);
            improve(IntStream.range(0, labels.length).toArray(), bounds, IntervalRelaxation.INSTANCE);
        }
        return this;
    }

    /**
     * Improves the margins of the examples that are not yet certified by the relaxations of a list, each only where the
     * earlier ones were not enough.
     */
    LinearBounds byPasses(Slope... slopes) {
        int[] left = left();
        if (left.length == 0) {
            return this;
        }
        try (PointerScope scope = new PointerScope()) {
            Bounds bounds = Bounds.of(graph, region.of(Doubles.indices(left)), Precision.DOUBLE, slopes[0]);
            int[] rows = IntStream.range(0, left.length).toArray();
            for (Slope slope : slopes) {
                int[] examples = Arrays.stream(rows).map(row -> left[row]).toArray();
                improve(examples, rows.length == left.length ? bounds : bounds.of(rows), new SlopeRelaxation(slope));
                rows = Arrays.stream(rows)
                        .filter(row -> !proved[left[row]].isCertifiedInFloat32())
                        .toArray();
                if (rows.length == 0) {
                    break;
                }
            }
        }
        return this;
    }

    private int[] left() {
        return IntStream.range(0, labels.length)
                .filter(example -> !proved[example].isCertifiedInFloat32())
                .toArray();
    }

    private void improve(int[] examples, Bounds bounds, Relaxation relaxation) {
        int[] known = Arrays.stream(examples).map(example -> labels[example]).toArray();
        Tensor start = Rows.margins(known, graph.classes());
        double[] margins = Doubles.read(new Backward(graph, bounds, relaxation, true).lower(graph.output(), start));
        double[] deviations = Doubles.read(bounds.deviations());
        int rivals = graph.classes() - 1;
        for (int i = 0; i < examples.length; i++) {
            ProvedMargins found = new ProvedMargins(
                    known[i],
                    Arrays.copyOfRange(margins, i * rivals, (i + 1) * rivals),
                    Arrays.copyOfRange(deviations, i * graph.classes(), (i + 1) * graph.classes()));
            proved[examples[i]] = proved[examples[i]].and(found);
        }
    }
}

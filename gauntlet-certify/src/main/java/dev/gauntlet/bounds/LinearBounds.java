package dev.gauntlet.bounds;

import dev.gauntlet.data.Batch;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/** Proves margins by intervals and by single passes to the pixels, as few as needed. */
final class LinearBounds {
    /** The number of margins of an example whose smallest points are tried. */
    private static final int MOST_POINTS = 10;

    private final BoundGraph graph;
    private final Region region;
    private final int[] labels;
    private final ProvedMargins[] proved;

    /** For each example the coefficients of the pixels in the last bounds of its smallest margins, if they may be negative. */
    private final List<List<double[]>> coefficients = new ArrayList<>();

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
            coefficients.add(List.of());
        }
    }

    ProvedMargins[] proved() {
        return proved;
    }

    /**
     * Tries the points at which the bounds of the margins are smallest, for the examples that are not certified.
     *
     * @return a counterexample, or null, for each example
     */
    float[] @Nullable [] counterexamples(Points points, Batch batch) {
        List<List<float[]>> images = new ArrayList<>();
        for (int row = 0; row < labels.length; row++) {
            float[] clean = batch.select(new int[] {row}).pixels();
            images.add(
                    proved[row].isCertified() || points.ball().epsilon() == 0
                            ? List.of()
                            : coefficients.get(row).stream()
                                    .map(ofMargin -> points.corner(clean, ofMargin))
                                    .toList());
        }
        return points.firstBroken(batch, images);
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
        Backward pass = new Backward(graph, bounds, relaxation, true);
        double[] margins = Doubles.read(pass.lower(graph.output(), start));
        double[] deviations = Doubles.read(bounds.deviations());
        int rivals = graph.classes() - 1;
        for (int i = 0; i < examples.length; i++) {
            ProvedMargins found = new ProvedMargins(
                    known[i],
                    Arrays.copyOfRange(margins, i * rivals, (i + 1) * rivals),
                    Arrays.copyOfRange(deviations, i * graph.classes(), (i + 1) * graph.classes()));
            proved[examples[i]] = proved[examples[i]].and(found);
            if (relaxation != IntervalRelaxation.INSTANCE && !proved[examples[i]].isCertified()) {
                coefficients.set(examples[i], smallest(pass.pixelRows(), i, found.margins()));
            }
        }
    }

    private List<double[]> smallest(Tensor rows, int example, double[] margins) {
        try (PointerScope scope = new PointerScope()) {
            Tensor ofExample = rows.size(0) == 1 ? rows : rows.narrow(0, example, 1);
            return IntStream.range(0, margins.length)
                    .filter(rank -> !(margins[rank] > 0))
                    .boxed()
                    .sorted(Comparator.comparingDouble(rank -> margins[rank]))
                    .limit(MOST_POINTS)
                    .map(rank -> Doubles.read(ofExample.narrow(1, rank, 1)))
                    .toList();
        }
    }
}

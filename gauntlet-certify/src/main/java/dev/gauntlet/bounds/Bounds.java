package dev.gauntlet.bounds;

import dev.gauntlet.threat.Norm;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/** Proved bounds of all nodes of a graph over a region. */
final class Bounds {
    /** Rows of a pass times the largest node: 8 MB of coefficients. */
    static final int NUMBERS_AT_ONCE = 1 << 20;

    private final BoundGraph graph;
    private final Region region;
    private final Precision precision;
    private final @Nullable Range[] ranges;
    private final Map<Step, Tensor> weightsOfErrors = new HashMap<>();

    private Bounds(BoundGraph graph, Region region, Precision precision) {
        this.graph = graph;
        this.region = region;
        this.precision = precision;
        this.ranges = new Range[graph.nodes()];
        this.ranges[0] = region.box();
    }

    /**
     * Computes the bounds, each node's from those before it.
     *
     * @param slope the rule of the passes that tighten the bounds of ReLUs' inputs; null for intervals alone
     */
    static Bounds of(BoundGraph graph, Region region, Precision precision, @Nullable Slope slope) {
        Bounds bounds = new Bounds(graph, region, precision);
        for (int i = 1; i < graph.nodes(); i++) {
            Range range = graph.step(i).forward(bounds.given(i), precision);
            if (region.norm() != Norm.LINF && graph.isExact(i)) {
                range = range.and(bounds.inBall(i));
            }
            bounds.ranges[i] = range;
            if (slope != null && graph.isReadByRelu(i) && !graph.isExact(i)) {
                bounds.ranges[i] = bounds.tightened(i, range, slope);
            }
        }
        return bounds;
    }

    /** Raises bounds beyond those of single passes. */
    @FunctionalInterface
    interface Raising {
        /**
         * Bounds some numbers of a node and then their negatives from below.
         *
         * @param bounds the bounds of the nodes before
         * @param node the node
         * @param places the places of the numbers
         * @return the bounds; empty if they are not raised
         */
        double[] raise(Bounds bounds, int node, int[] places);
    }

    /** Returns tighter bounds of one example: those of the open numbers that ReLUs take are raised layer by layer. */
    Bounds raised(Raising raising) {
        Bounds tighter = new Bounds(graph, region, precision);
        for (int i = 1; i < graph.nodes(); i++) {
            Range range = graph.step(i).forward(tighter.given(i), precision).and(range(i));
            tighter.ranges[i] = range;
            if (graph.isReadByRelu(i) && !graph.isExact(i)) {
                int[] open = tighter.open(i);
                // here, because what the raising computes may not outlive it
                tighter.prepare(i);
                double[] found = open.length == 0 ? new double[0] : raising.raise(tighter, i, open);
                if (found.length > 0) {
                    double[] lower = Doubles.read(range.lower());
                    double[] upper = Doubles.read(range.upper());
                    for (int j = 0; j < open.length; j++) {
                        lower[open[j]] = Math.max(lower[open[j]], found[j]);
                        upper[open[j]] = Math.min(upper[open[j]], -found[open.length + j]);
                    }
                    tighter.ranges[i] =
                            new Range(Doubles.of(lower, 1, lower.length), Doubles.of(upper, 1, upper.length));
                }
            }
        }
        return tighter;
    }

    /** Returns the same bounds for a graph from which numbers were left out. */
    Bounds pruned(BoundGraph smaller, Pruning pruning) {
        Bounds bounds = new Bounds(smaller, region, precision);
        for (int i = 1; i < smaller.nodes(); i++) {
            int[] kept = pruning.kept(i);
            Range range = range(i);
            if (kept != null) {
                Tensor index = Doubles.indices(kept);
                range = new Range(
                        range.lower().index_select(1, index), range.upper().index_select(1, index));
            }
            bounds.ranges[i] = range;
        }
        return bounds;
    }

    private Range[] given(int node) {
        return IntStream.of(graph.step(node).inputs()).mapToObj(this::range).toArray(Range[]::new);
    }

    /** Bounds a node that mixes pixels only once, by its value in the middle of the ball and the sizes of its rows. */
    private Range inBall(int node) {
        Range[] middle = new Range[node + 1];
        middle[0] = new Range(region.clean(), region.clean());
        for (int i = 1; i <= node; i++) {
            if (graph.isExact(i)) {
                Step step = graph.step(i);
                middle[i] = step.forward(new Range[] {middle[step.input()]}, precision);
            }
        }
        Tensor reach = Doubles.of(graph.rowSizes(node, this), graph.step(node).size())
                .mul(new Scalar(region.radius() * (1 + precision.of(graph.inputs()))));
        Tensor lower = middle[node].lower().sub(reach);
        Tensor upper = middle[node].upper().add(reach);
        Scalar rounded = new Scalar(4 * precision.unit());
        return new Range(
                lower.sub(lower.abs().mul(rounded)), upper.add(upper.abs().mul(rounded)));
    }

    /** Tightens the bounds of all numbers whose sign is open by passes to the pixels. */
    private Range tightened(int node, Range range, Slope slope) {
        double[] lower = Doubles.read(range.lower());
        double[] upper = Doubles.read(range.upper());
        int size = graph.step(node).size();
        int examples = lower.length / size;
        int atOnce = Math.max(1, NUMBERS_AT_ONCE / 2 / graph.largest());
        for (int example = 0; example < examples; example++) {
            int offset = example * size;
            int[] open = IntStream.range(0, size)
                    .filter(i -> lower[offset + i] < 0 && upper[offset + i] > 0)
                    .toArray();
            try (PointerScope scope = new PointerScope()) {
                Bounds alone = of(example, node);
                OpenRelaxation relaxation = OpenRelaxation.of(graph, alone, node, slope);
                alone.prepare(node);
                for (int from = 0; from < open.length; from += atOnce) {
                    int count = Math.min(atOnce, open.length - from);
                    double[] found;
                    try (PointerScope ofPass = new PointerScope()) {
                        found = Doubles.read(new Backward(graph, alone, relaxation, true)
                                .bothSides(node, Arrays.copyOfRange(open, from, from + count)));
                    }
                    for (int i = 0; i < count; i++) {
                        int place = offset + open[from + i];
                        lower[place] = Math.max(lower[place], found[i]);
                        upper[place] = Math.min(upper[place], -found[count + i]);
                    }
                }
            }
        }
        long[] shape = {examples, size};
        return new Range(Doubles.of(lower, shape), Doubles.of(upper, shape));
    }

    /** Computes what several passes share, so that it belongs to the scope of the caller. */
    void prepare(int last) {
        for (int i = 1; i <= last; i++) {
            if (graph.step(i) instanceof AffineStep affine) {
                weightOfErrors(affine);
            }
        }
    }

    /** Returns the bounds of one example, up to a node. */
    Bounds of(int example, int last) {
        Bounds alone = new Bounds(graph, region.of(example), precision);
        for (int i = 1; i <= last; i++) {
            alone.ranges[i] = range(i).of(example);
        }
        return alone;
    }

    /** Returns the bounds of one example. */
    Bounds of(int example) {
        return of(example, graph.nodes() - 1);
    }

    /** Returns the bounds of some examples. */
    Bounds of(int[] examples) {
        Tensor index = Doubles.indices(examples);
        Bounds some = new Bounds(graph, region.of(index), precision);
        for (int i = 1; i < graph.nodes(); i++) {
            some.ranges[i] = range(i).of(index);
        }
        return some;
    }

    Region region() {
        return region;
    }

    Precision precision() {
        return precision;
    }

    Range range(int node) {
        Range range = ranges[node];
        if (range == null) {
            throw new IllegalStateException("node %d has no bounds yet".formatted(node));
        }
        return range;
    }

    Tensor weightOfErrors(AffineStep step) {
        return weightsOfErrors.computeIfAbsent(step, key -> step.weightOfErrors(range(step.input())));
    }

    /** Bounds how far each logit may be off if the model is computed with 32-bit floats, anywhere in the region. */
    Tensor deviations() {
        Tensor[] off = new Tensor[graph.nodes()];
        off[0] = region.clean().mul(new Scalar(0.0));
        for (int i = 1; i < off.length; i++) {
            Step step = graph.step(i);
            off[i] = step.deviation(given(i), BoundGraph.given(step, off));
        }
        return off[off.length - 1];
    }

    /** Returns, for one example, the places of the numbers that a ReLU takes and whose sign is open. */
    int[] open(int node) {
        double[] lower = Doubles.read(range(node).lower());
        double[] upper = Doubles.read(range(node).upper());
        List<Integer> open = new ArrayList<>();
        for (int i = 0; i < lower.length; i++) {
            if (lower[i] < 0 && upper[i] > 0) {
                open.add(i);
            }
        }
        return open.stream().mapToInt(Integer::intValue).toArray();
    }
}

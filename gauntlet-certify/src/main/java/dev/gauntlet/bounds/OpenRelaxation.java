package dev.gauntlet.bounds;

import java.util.HashMap;
import java.util.Map;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Bounds the ReLUs of one example by lines, computing only with those whose sign is open.
 *
 * <p>The region may be divided into domains, in each of which some of these have a sign; then the rows of the passes
 * belong to domains instead of examples.
 */
final class OpenRelaxation implements Relaxation {
    private final Map<Integer, Layer> layers = new HashMap<>();
    private final Map<Integer, Tensor> taken = new HashMap<>();

    /**
     * The open ReLUs of a layer.
     *
     * @param places their places in the layer
     * @param index the same as a tensor
     * @param active 1 for each ReLU of the layer that is always positive, else 0
     * @param magnitude bounds of the absolute values of their inputs
     */
    record Open(int[] places, Tensor index, Tensor active, Tensor magnitude) {
        /** Finds them in the bounds of their inputs. */
        static Open of(Range range, int[] places) {
            Tensor index = Doubles.indices(places);
            return new Open(
                    places,
                    index,
                    Doubles.ones(range.lower().ge(new Scalar(0.0))).squeeze(0),
                    range.magnitude().index_select(1, index));
        }
    }

    private record Layer(Open open, Lines lines) {}

    /**
     * The lines of the open ReLUs.
     *
     * @param lower the slopes below, of a shape that fits (domains, rows, open ReLUs)
     * @param upper the slopes above, of shape (domains, open ReLUs)
     * @param offset the values of the upper lines at 0, of the same shape
     * @param multipliers what is subtracted from the coefficients of the inputs because of their signs; null without
     */
    record Lines(
            Tensor lower,
            Tensor upper,
            Tensor offset,
            @Nullable Tensor multipliers) {}

    /** Places the lines of all ReLUs before a node by a rule. */
    static OpenRelaxation of(BoundGraph graph, Bounds bounds, int last, Slope slope) {
        OpenRelaxation relaxation = new OpenRelaxation();
        for (int i = 1; i <= last; i++) {
            if (graph.isRelu(i)) {
                Range range = bounds.range(graph.step(i).input());
                Open open = Open.of(range, bounds.open(graph.step(i).input()));
                Range ofOpen = new Range(
                        range.lower().index_select(1, open.index()),
                        range.upper().index_select(1, open.index()));
                SlopeRelaxation.Lines lines = SlopeRelaxation.Lines.of(ofOpen, slope, bounds.precision());
                relaxation.put(i, open, new Lines(lines.lower().unsqueeze(1), lines.upper(), lines.offset(), null));
            }
        }
        return relaxation;
    }

    /** Sets the lines of a layer. */
    void put(int node, Open open, Lines lines) {
        layers.put(node, new Layer(open, lines));
    }

    @Override
    public void backward(Backward pass, int node, int input, Tensor rows) {
        Layer layer = layers.get(node);
        if (layer == null) {
            throw new IllegalStateException("no lines for node %d".formatted(node));
        }
        Open open = layer.open();
        Tensor kept = rows.mul(open.active());
        if (open.places().length == 0) {
            pass.send(input, kept);
            return;
        }
        Lines lines = layer.lines();
        Tensor coefficients = rows.index_select(2, open.index());
        taken.put(node, coefficients);
        Tensor positive = Doubles.atLeast(coefficients, 0);
        Tensor negative = Doubles.atMost(coefficients, 0);
        Tensor passed =
                positive.mul(lines.lower()).add(negative.mul(lines.upper().unsqueeze(1)));
        if (lines.multipliers() != null) {
            passed = passed.sub(lines.multipliers());
        }
        if (pass.isChecked()) {
            // what is kept is multiplied with 0 or 1, which is exact
            pass.addError(coefficients.abs(), open.magnitude(), pass.share(2));
            pass.addError(negative.abs(), lines.offset(), pass.share(open.places().length));
            if (lines.multipliers() != null) {
                pass.addError(passed.abs(), open.magnitude(), pass.share(1));
            }
        }
        pass.addConstant(Doubles.dot(negative, lines.offset()));
        long[] shape = {passed.size(0), passed.size(1), kept.size(2)};
        pass.send(input, kept.expand(shape).index_copy(2, open.index(), passed));
    }

    /** Returns the coefficients of the open ReLUs' outputs in the last pass; null if there was none. */
    @Nullable
    Tensor taken(int node) {
        return taken.get(node);
    }
}

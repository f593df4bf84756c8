package dev.gauntlet.bounds;

import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/**
 * One pass from affine functions of a node's outputs back to affine functions of the pixels that are nowhere larger
 * (Zhang et al. 2018, CROWN; Singh et al. 2019, DeepPoly).
 *
 * <p>At each moment, every function is at least the sum of the collected rows, each times the exact value of its node,
 * plus the constant, minus the error, everywhere in the region.
 */
final class Backward {
    private final BoundGraph graph;
    private final Bounds bounds;
    private final Relaxation relaxation;
    private final Precision precision;
    private final boolean checked;
    private @Nullable Tensor[] rows = {};
    private @Nullable Tensor constant;
    private @Nullable Tensor error;

    /**
     * Prepares a pass.
     *
     * @param bounds bounds of all nodes before the one whose functions are bounded
     * @param relaxation replaces the ReLUs
     * @param checked whether the bound must hold in spite of rounding; without, it only guides a search
     */
    Backward(BoundGraph graph, Bounds bounds, Relaxation relaxation, boolean checked) {
        this.graph = graph;
        this.bounds = bounds;
        this.relaxation = relaxation;
        this.precision = bounds.precision();
        this.checked = checked && precision.unit() > 0;
    }

    /**
     * Bounds affine functions of a node's outputs from below.
     *
     * @param node the node
     * @param start the coefficients, of shape (examples or 1, rows, outputs)
     * @return one bound per example and row
     */
    Tensor lower(int node, Tensor start) {
        rows = new Tensor[node + 1];
        rows[node] = start;
        constant = Doubles.zeros(start.size(0), start.size(1));
        error = Doubles.zeros(start.size(0), start.size(1));
        return toPixels(node, start.size(1));
    }

    /**
     * Bounds some numbers of a node from below, and then their negatives, for one example.
     *
     * @param node the node
     * @param places the places of the numbers
     * @return twice as many bounds as places
     */
    Tensor bothSides(int node, int[] places) {
        int size = graph.step(node).size();
        if (graph.step(node) instanceof AffineStep affine) {
            Tensor matrix = affine.matrix(graph.size(affine.input()));
            if (matrix != null) {
                // begins behind the weights, which are the same for all examples
                Tensor index = Doubles.indices(places);
                Tensor above = matrix.index_select(0, index);
                Tensor bias = affine.bias().index_select(0, index);
                rows = new Tensor[node + 1];
                rows[affine.input()] =
                        torch.cat(new TensorVector(above, above.neg()), 0).unsqueeze(0);
                constant = torch.cat(new TensorVector(bias, bias.neg()), 0).unsqueeze(0);
                error = Doubles.zeros(1, 2L * places.length);
                return toPixels(affine.input(), 2L * places.length);
            }
        }
        double[] start = new double[2 * places.length * size];
        for (int i = 0; i < places.length; i++) {
            start[i * size + places[i]] = 1;
            start[(places.length + i) * size + places[i]] = -1;
        }
        return lower(node, Doubles.of(start, 1, 2L * places.length, size));
    }

    private Tensor toPixels(int node, long count) {
        for (int i = node; i > 0; i--) {
            Tensor current = rows[i];
            if (current != null) {
                rows[i] = null;
                graph.step(i).backward(this, current);
            }
        }
        Tensor pixels = rows[0];
        if (pixels == null) {
            pixels = Doubles.zeros(1, count, graph.inputs());
            rows[0] = pixels;
        }
        return bounds.region().lower(pixels, value(constant), value(error), checked ? precision : Precision.IGNORED);
    }

    /** Returns the coefficients of the pixels after a pass. */
    Tensor pixelRows() {
        return value(rows[0]);
    }

    boolean isChecked() {
        return checked;
    }

    Precision precision() {
        return precision;
    }

    Relaxation relaxation() {
        return relaxation;
    }

    /** Returns the bounds of a node's outputs. */
    Range range(int node) {
        return bounds.range(node);
    }

    Tensor weightOfErrors(AffineStep step) {
        return bounds.weightOfErrors(step);
    }

    double share(long terms) {
        return precision.of(terms);
    }

    /** Adds functions of a node to those that were already collected for it. */
    void send(int node, Tensor more) {
        Tensor before = rows[node];
        if (before == null) {
            rows[node] = more;
        } else {
            Tensor sum = before.add(more);
            rows[node] = sum;
            if (checked) {
                addError(sum.abs(), range(node).magnitude(), precision.of(1));
            }
        }
    }

    /** Adds to the constants. */
    void addConstant(Tensor more) {
        Tensor sum = value(constant).add(more);
        constant = sum;
        if (checked) {
            error = value(error).add(sum.abs().mul(new Scalar(2 * precision.unit())));
        }
    }

    /**
     * Adds a share of a product of nonnegative numbers to the errors.
     *
     * @param sizes the absolute values of coefficients
     * @param weights bounds of what they are multiplied with
     * @param share the relative error
     */
    void addError(Tensor sizes, Tensor weights, double share) {
        error = value(error).add(Doubles.dot(sizes, weights).mul(new Scalar(share)));
    }

    /** Replaces functions of values by their smallest value if each is in its interval. */
    void bound(Range range, Tensor coefficients) {
        Tensor positive = Doubles.atLeast(coefficients, 0);
        Tensor negative = Doubles.atMost(coefficients, 0);
        addConstant(Doubles.dot(positive, range.lower()).add(Doubles.dot(negative, range.upper())));
        if (checked) {
            addError(coefficients.abs(), range.magnitude(), precision.of(coefficients.size(2)));
        }
    }

    private static Tensor value(@Nullable Tensor tensor) {
        if (tensor == null) {
            throw new IllegalStateException("the pass has not begun");
        }
        return tensor;
    }
}

package dev.gauntlet.bounds;

import java.util.Arrays;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
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
        int count = places.length;
        int[] twice = Arrays.copyOf(places, 2 * count);
        System.arraycopy(places, 0, twice, count, count);
        double[] signs = new double[2 * count];
        Arrays.fill(signs, 0, count, 1);
        Arrays.fill(signs, count, 2 * count, -1);
        return signed(node, twice, signs, new long[] {1, 2L * count});
    }

    /**
     * Bounds a number of a node or its negative from below, another one for each domain.
     *
     * @param node the node
     * @param places the place of the number for each domain
     * @param signs 1, or -1 for the negative of the number
     * @return one bound per domain, of shape (domains, 1)
     */
    Tensor oneSide(int node, int[] places, double[] signs) {
        return signed(node, places, signs, new long[] {places.length, 1});
    }

    private Tensor signed(int node, int[] places, double[] signs, long[] shape) {
        int size = graph.step(node).size();
        if (graph.step(node) instanceof AffineStep affine) {
            int width = graph.size(affine.input());
            Tensor matrix = affine.matrix(width);
            if (matrix != null) {
                // begins behind the weights, which are the same for all examples
                Tensor index = Doubles.indices(places);
                Tensor sign = Doubles.of(signs, signs.length);
                long[] sides = {shape[0], shape[1], width};
                rows = new Tensor[node + 1];
                rows[affine.input()] =
                        matrix.index_select(0, index).mul(sign.unsqueeze(1)).reshape(sides);
                constant = affine.bias().index_select(0, index).mul(sign).reshape(shape);
                error = Doubles.zeros(shape);
                return toPixels(affine.input(), shape[1]);
            }
        }
        double[] start = new double[places.length * size];
        for (int i = 0; i < places.length; i++) {
            start[i * size + places[i]] = signs[i];
        }
        return lower(node, Doubles.of(start, shape[0], shape[1], size));
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

package dev.gauntlet.bounds;

import dev.gauntlet.threat.Norm;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * The inputs over which something is proved, one region per example: a box and, in L2 and L1, also a ball.
 *
 * @param norm the norm of the ball
 * @param radius its radius
 * @param clean the centers, one row per example
 * @param box the smallest and largest pixels
 */
record Region(Norm norm, double radius, Tensor clean, Range box) {
    /** Returns the ball around some examples, with pixels in [0,1]. */
    static Region of(Tensor clean, Norm norm, double radius) {
        return new Region(
                norm,
                radius,
                clean,
                new Range(Doubles.atLeast(lowest(clean, radius), 0), Doubles.atMost(highest(clean, radius), 1)));
    }

    /** Returns the ball without limits on the pixels. */
    static Region unlimited(Tensor clean, Norm norm, double radius) {
        return new Region(norm, radius, clean, new Range(lowest(clean, radius), highest(clean, radius)));
    }

    /** Returns a box. */
    static Region box(Tensor lowest, Tensor highest) {
        Tensor middle = lowest.add(highest).mul(new Scalar(0.5));
        return new Region(Norm.LINF, Double.POSITIVE_INFINITY, middle, new Range(lowest, highest));
    }

    private static Tensor lowest(Tensor clean, double radius) {
        // the difference is rounded, by less than this
        return clean.sub(new Scalar(radius)).sub(slack(clean, radius));
    }

    private static Tensor highest(Tensor clean, double radius) {
        return clean.add(new Scalar(radius)).add(slack(clean, radius));
    }

    private static Tensor slack(Tensor clean, double radius) {
        return radius == 0
                ? clean.mul(new Scalar(0.0))
                : Doubles.plus(clean.abs(), radius).mul(new Scalar(0x1p-51));
    }

    Region of(int example) {
        return new Region(norm, radius, clean.narrow(0, example, 1), box.of(example));
    }

    Region of(Tensor examples) {
        return new Region(norm, radius, clean.index_select(0, examples), box.of(examples));
    }

    /**
     * Returns proved lower bounds of affine functions over the region.
     *
     * @param rows the coefficients, of shape (examples, rows, inputs)
     * @param constant what is added, of shape (examples, rows)
     * @param error by how much the coefficients and the constant may be off together; empty if nothing is
     */
    Tensor lower(Tensor rows, Tensor constant, Tensor error, Precision precision) {
        Tensor sizes = rows.abs();
        double share = precision.of(rows.size(2));
        Tensor middle = box.lower().add(box.upper()).mul(new Scalar(0.5));
        Tensor half = box.upper().sub(box.lower()).mul(new Scalar(0.5));
        if (precision.unit() > 0) {
            half = half.add(middle.abs().add(half).mul(new Scalar(8 * precision.unit())));
        }
        Tensor spread = Doubles.dot(sizes, half);
        Tensor lower = sound(
                Doubles.dot(rows, middle).sub(spread).add(constant),
                Doubles.dot(sizes, middle.abs()).add(spread),
                constant,
                error,
                share,
                precision);
        if (norm == Norm.LINF) {
            return lower;
        }
        Tensor reach = size(rows).mul(new Scalar(radius));
        Tensor inBall = sound(
                Doubles.dot(rows, clean).sub(reach).add(constant),
                Doubles.dot(sizes, clean.abs()).add(reach),
                constant,
                error,
                share,
                precision);
        return torch.maximum(lower, inBall);
    }

    private static Tensor sound(
            Tensor value, Tensor terms, Tensor constant, Tensor error, double share, Precision precision) {
        if (precision.unit() == 0) {
            return value;
        }
        Tensor off = terms.add(constant.abs()).mul(new Scalar(share)).add(error.mul(new Scalar(1.0001)));
        return value.sub(off).sub(new Scalar(precision.tiny()));
    }

    /**
     * Returns points near which functions are smallest, one per row; exactly there in a box. They guide a search and prove
     * nothing.
     *
     * @param rows the coefficients, of shape (rows, inputs)
     */
    Tensor lowest(Tensor rows) {
        if (norm == Norm.LINF) {
            return torch.where(rows.gt(new Scalar(0.0)), box.lower(), box.upper());
        }
        Tensor lengths = rows.norm(new ScalarOptional(new Scalar(2.0)), new long[] {1}, true);
        Tensor moved = clean.sub(rows.div(Doubles.plus(lengths, 1e-300)).mul(new Scalar(radius)));
        return torch.minimum(torch.maximum(moved, box.lower()), box.upper());
    }

    /** Returns the size of each row in the dual norm. */
    Tensor size(Tensor rows) {
        return norm == Norm.L2
                ? rows.norm(new ScalarOptional(new Scalar(2.0)), new long[] {2}, false)
                : rows.abs().amax(new long[] {2}, false);
    }
}

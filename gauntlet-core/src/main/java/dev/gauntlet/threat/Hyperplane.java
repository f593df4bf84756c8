package dev.gauntlet.threat;

import java.util.Arrays;

/**
 * The hyperplane {@code <normal, p> = level}: the decision boundary of a linear or linearized model between two
 * classes.
 *
 * <p>The projection inside the box is that of Croce and Hein, "Minimally distorted Adversarial Examples with a Fast
 * Adaptive Boundary Attack", <a href="https://arxiv.org/abs/1907.02044">arXiv:1907.02044</a>.
 *
 * <p>Like {@link Norm}, it works on one example of a batch and in double precision.
 *
 * <p>Example: {@code Hyperplane.linearised(gradient, x, offset, length, margin).step(Norm.L2, x, step)}.
 *
 * @param normal the normal vectors of a batch, finite; not copied
 * @param offset the index of this normal vector's first number, and of the example's first pixel in every method
 * @param length its length
 * @param level the value of the linear function on the hyperplane, finite
 */
public record Hyperplane(float[] normal, int offset, int length, double level) {
    /**
     * Returns the zero set of the linear function with this gradient and this value at x: {@code value + <gradient, p -
     * x> = 0}.
     *
     * @param gradient the gradients of a batch, finite; not copied
     * @param x the pixels of the same batch
     * @param offset the index of the example's first number, in both
     * @param length the number of its elements
     * @param value the function's value at x, finite
     * @return the hyperplane
     */
    public static Hyperplane linearised(float[] gradient, float[] x, int offset, int length, double value) {
        return new Hyperplane(gradient, offset, length, product(gradient, x, offset, length) - value);
    }

    /**
     * Computes by how much the linear function must increase from a point to the hyperplane: {@code level - <normal,
     * x>}, negative if it must decrease.
     *
     * @param x the pixels of a batch
     * @return the gap
     */
    public double gap(float[] x) {
        return level - product(normal, x, offset, length);
    }

    /**
     * Computes the distance of a point from the hyperplane without the box constraint: {@code |gap| / ||normal||}, in
     * the dual norm.
     *
     * @param norm the norm
     * @param x the pixels of a batch
     * @return the distance; infinite if the normal vector is zero and x is not on the hyperplane, which is then empty
     */
    public double distance(Norm norm, float[] x) {
        double gap = Math.abs(gap(x));
        return gap == 0 ? 0 : gap / norm.dual().size(normal, offset, length);
    }

    /**
     * Finds the smallest step from a point to the hyperplane that keeps all pixels in [0,1].
     *
     * <p>If the hyperplane does not intersect the box, the step leads to the point of the box that is nearest to it:
     * all pixels on which the linear function depends become 0 or 1, and all others stay. In L1, pixels with equal
     * coefficients move in their order.
     *
     * <p>Cost: a few passes over the pixels in L-infinity and L2, one sort in L1.
     *
     * @param norm the norm in which the step is smallest: L-infinity, L2 or L1
     * @param x the pixels of a batch, in [0,1]
     * @param step receives the step, of the batch's size; the numbers of other examples stay
     * @throws IllegalArgumentException for L0
     */
    public void step(Norm norm, float[] x, float[] step) {
        double gap = gap(x);
        double[] direction = new double[length];
        double[] slope = new double[length];
        double[] room = new double[length];
        for (int i = 0; i < length; i++) {
            direction[i] = normal[offset + i] * Math.signum(gap);
            slope[i] = Math.abs(direction[i]);
            double border = .5 + Math.copySign(.5, direction[i]);
            room[i] = slope[i] == 0 ? 0 : Math.abs(border - x[offset + i]);
        }
        double[] moved = switch (norm) {
            case LINF -> equally(slope, room, Math.abs(gap));
            case L2 -> inProportion(slope, room, Math.abs(gap));
            case L1 -> steepestFirst(slope, room, Math.abs(gap));
            case L0 ->
                throw new IllegalArgumentException("The smallest step is defined only in L-infinity, L2 and L1.");
        };
        for (int i = 0; i < length; i++) {
            step[offset + i] = room[i] == 0 ? 0 : (float) Math.copySign(moved[i], direction[i]);
        }
    }

    /** In L-infinity every pixel moves by the same amount, or to the border. */
    private static double[] equally(double[] slope, double[] room, double gap) {
        double[] rise = new double[slope.length];
        for (int i = 0; i < rise.length; i++) {
            rise[i] = slope[i] * room[i];
        }
        double way = WaterFilling.time(slope, rise, gap);
        double[] moved = new double[slope.length];
        for (int i = 0; i < moved.length; i++) {
            moved[i] = Math.min(way, room[i]);
        }
        return moved;
    }

    /** In L2 every pixel moves in proportion to its coefficient, or to the border. */
    private static double[] inProportion(double[] slope, double[] room, double gap) {
        double[] square = new double[slope.length];
        double[] rise = new double[slope.length];
        for (int i = 0; i < rise.length; i++) {
            square[i] = slope[i] * slope[i];
            rise[i] = slope[i] * room[i];
        }
        double way = WaterFilling.time(square, rise, gap);
        double[] moved = new double[slope.length];
        for (int i = 0; i < moved.length; i++) {
            moved[i] = Math.min(way * slope[i], room[i]);
        }
        return moved;
    }

    /** In L1 the pixel with the largest coefficient moves to the border, then the next, until the gap is closed. */
    private static double[] steepestFirst(double[] slope, double[] room, double gap) {
        long[] order = new long[slope.length];
        for (int i = 0; i < order.length; i++) {
            // the bit patterns of non-negative floats have the order of the floats
            long ascending = Float.floatToIntBits((float) slope[i]);
            order[i] = (-ascending << Integer.SIZE) + i;
        }
        Arrays.sort(order);
        double[] moved = new double[slope.length];
        double left = gap;
        for (long key : order) {
            int i = (int) key;
            if (slope[i] == 0 || left <= 0) {
                break;
            }
            moved[i] = Math.min(room[i], left / slope[i]);
            left -= moved[i] * slope[i];
        }
        return moved;
    }

    private static double product(float[] a, float[] b, int offset, int length) {
        double sum = 0;
        for (int i = offset; i < offset + length; i++) {
            sum += (double) a[i] * b[i];
        }
        return sum;
    }
}

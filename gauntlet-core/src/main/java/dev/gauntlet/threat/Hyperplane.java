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
        step(norm, x, gap(x), step);
    }

    /**
     * Does the same for a point whose gap is known.
     *
     * @param norm the norm in which the step is smallest: L-infinity, L2 or L1
     * @param x the pixels of a batch, in [0,1]
     * @param gap by how much the linear function must increase, as {@link #gap} returns it
     * @param step receives the step, of the batch's size; the numbers of other examples stay
     * @throws IllegalArgumentException for L0
     */
    public void step(Norm norm, float[] x, double gap, float[] step) {
        switch (norm) {
            case LINF -> equally(x, gap, step);
            case L2 -> inProportion(x, gap, step);
            case L1 -> steepestFirst(x, gap, step);
            case L0 ->
                throw new IllegalArgumentException("The smallest step is defined only in L-infinity, L2 and L1.");
        }
    }

    /** In L-infinity every pixel moves by the same amount, or to the border. */
    private void equally(float[] x, double gap, float[] step) {
        double[] slope = new double[length];
        double[] rise = new double[length];
        rises(x, gap, slope, rise);
        float way = (float) WaterFilling.time(slope, rise, Math.abs(gap));
        // 1 for pixels that become lighter, or darker; without a branch, which would be mispredicted half the time
        float sign = (float) Math.signum(gap);
        for (int i = offset; i < offset + length; i++) {
            float scaled = normal[i] * sign * 0x1p100f * 0x1p100f;
            float up = Math.max(0f, Math.min(1f, scaled));
            float down = Math.max(0f, Math.min(1f, -scaled));
            step[i] = up * Math.min(way, 1 - x[i]) - down * Math.min(way, x[i]);
        }
    }

    /** In L2 every pixel moves in proportion to its coefficient, or to the border. */
    private void inProportion(float[] x, double gap, float[] step) {
        double[] square = new double[length];
        double[] rise = new double[length];
        rises(x, gap, square, rise);
        for (int i = 0; i < length; i++) {
            square[i] *= square[i];
        }
        // finite, so that its product with 0 is 0
        double way = Math.min(Double.MAX_VALUE, WaterFilling.time(square, rise, Math.abs(gap)));
        double sign = Math.signum(gap);
        for (int i = offset; i < offset + length; i++) {
            double direction = normal[i] * sign;
            double pixel = x[i];
            double up = Math.min(way * Math.max(direction, 0), 1 - pixel);
            double down = Math.min(way * Math.max(-direction, 0), pixel);
            step[i] = (float) (up - down);
        }
    }

    /** Computes for each pixel the size of its coefficient, and how much the function rises when it moves to its border. */
    private void rises(float[] x, double gap, double[] slope, double[] rise) {
        double sign = Math.signum(gap);
        for (int i = 0; i < length; i++) {
            double direction = normal[offset + i] * sign;
            double pixel = x[offset + i];
            double up = Math.max(direction, 0);
            double down = Math.max(-direction, 0);
            slope[i] = up + down;
            rise[i] = up * (1 - pixel) + down * pixel;
        }
    }

    /** Returns how far a pixel can move in a direction before it leaves [0,1]; 0 for the direction 0. */
    private static double room(double direction, float pixel) {
        double border = direction > 0 ? 1 : 0;
        return direction == 0 ? 0 : Math.abs(border - pixel);
    }

    /** In L1 the pixel with the largest coefficient moves to the border, then the next, until the gap is closed. */
    private void steepestFirst(float[] x, double gap, float[] step) {
        double sign = Math.signum(gap);
        long[] order = new long[length];
        int movable = 0;
        for (int i = 0; i < length; i++) {
            double direction = normal[offset + i] * sign;
            // the bit patterns of non-negative floats have the order of the floats
            long ascending = Float.floatToIntBits((float) Math.abs(direction));
            order[movable] = (-ascending << Integer.SIZE) + i;
            movable += room(direction, x[offset + i]) > 0 ? 1 : 0;
        }
        Arrays.fill(step, offset, offset + length, 0);
        Arrays.sort(order, 0, movable);
        double left = Math.abs(gap);
        for (int next = 0; next < movable && left > 0; next++) {
            int i = offset + (int) order[next];
            double direction = normal[i] * sign;
            double slope = Math.abs(direction);
            double moved = Math.min(room(direction, x[i]), left / slope);
            step[i] = (float) Math.copySign(moved, direction);
            left -= moved * slope;
        }
    }

    private static double product(float[] a, float[] b, int offset, int length) {
        // two sums, because a processor adds to the same one only every few cycles
        double even = 0;
        double odd = 0;
        int end = offset + length;
        int i = offset;
        for (; i + 3 < end; i += 4) {
            even += (double) a[i] * b[i] + (double) a[i + 1] * b[i + 1];
            odd += (double) a[i + 2] * b[i + 2] + (double) a[i + 3] * b[i + 3];
        }
        for (; i < end; i++) {
            even += (double) a[i] * b[i];
        }
        return even + odd;
    }
}

package dev.gauntlet.threat;

import dev.gauntlet.Choices;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/**
 * A measure of the size of a perturbation, with the geometry of its ball: projection, random points and the steepest
 * step.
 *
 * <p>Every method works on one example: {@code length} numbers of a batch from index {@code offset} on. Arithmetic is
 * in double precision; a double holds the square of every float, so no sum over- or underflows.
 *
 * <p>Example: {@code Norm.L2.project(clean.pixels(), adversarial, row * length, length, 2.0)}.
 */
public enum Norm {
    /** The largest change of any pixel. */
    LINF("linf", "L-infinity") {
        @Override
        public double distance(float[] a, float[] b, int offset, int length) {
            double largest = 0;
            for (int i = offset; i < offset + length; i++) {
                double change = Math.abs((double) a[i] - b[i]);
                // written so that a NaN counts as an infinite distance
                if (!(change <= largest)) {
                    largest = infiniteIfNan(change);
                }
            }
            return largest;
        }

        @Override
        public double size(float[] v, int offset, int length) {
            double largest = 0;
            for (int i = offset; i < offset + length; i++) {
                double magnitude = Math.abs(v[i]);
                if (!(magnitude <= largest)) {
                    largest = infiniteIfNan(magnitude);
                }
            }
            return largest;
        }

        @Override
        public Norm dual() {
            return L1;
        }

        @Override
        public double largest(int length) {
            return 1;
        }

        @Override
        public void project(float[] clean, float[] point, int offset, int length, double radius) {
            // rounded up, so that no point of the ball moves; the excess is far below the tolerance
            float reach = Rounding.up(radius);
            for (int i = offset; i < offset + length; i++) {
                float lowest = Math.max(0f, clean[i] - reach);
                float highest = Math.min(1f, clean[i] + reach);
                point[i] = Math.max(lowest, Math.min(highest, point[i]));
            }
        }

        @Override
        public void sample(SplittableRandom random, float[] target, int offset, int length, double radius) {
            for (int i = offset; i < offset + length; i++) {
                target[i] = Rounding.towardZero(radius * Draw.symmetric(random));
            }
        }

        /**
         * Computed by scaling the gradient until even the smallest number exceeds 1 and clamping it, because clamping
         * is vectorized and {@code Math.signum} is not.
         */
        @Override
        public void steepest(float[] gradient, int offset, int length, float[] direction) {
            for (int i = offset; i < offset + length; i++) {
                direction[i] = Math.max(-1f, Math.min(1f, gradient[i] * 0x1p100f * 0x1p100f));
            }
        }

        @Override
        double tolerance(double radius) {
            // the error of float arithmetic on pixels in [0,1] is at most 6e-8 per step; this allows for a few steps
            return radius == 0 ? 0 : 1e-6;
        }
    },

    /** The Euclidean distance. */
    L2("l2", "L2") {
        @Override
        public double distance(float[] a, float[] b, int offset, int length) {
            double sum = 0;
            for (int i = offset; i < offset + length; i++) {
                double change = (double) a[i] - b[i];
                sum += change * change;
            }
            return infiniteIfNan(Math.sqrt(sum));
        }

        @Override
        public double size(float[] v, int offset, int length) {
            double sum = 0;
            for (int i = offset; i < offset + length; i++) {
                sum += (double) v[i] * v[i];
            }
            return infiniteIfNan(Math.sqrt(sum));
        }

        @Override
        public Norm dual() {
            return L2;
        }

        @Override
        public double largest(int length) {
            return Math.sqrt(length);
        }

        @Override
        public void project(float[] clean, float[] point, int offset, int length, double radius) {
            Projection.shrink(this, Projection::shrinkL2, clean, point, offset, length, radius);
        }

        @Override
        public void sample(SplittableRandom random, float[] target, int offset, int length, double radius) {
            Draw.normal(random, target, offset, length);
            // in many dimensions, nearly all of the ball's volume is close to its surface
            double drawn = radius * StrictMath.pow(random.nextDouble(), 1.0 / length);
            Rounding.scale(target, offset, length, drawn, size(target, offset, length));
        }

        @Override
        public void steepest(float[] gradient, int offset, int length, float[] direction) {
            double size = size(gradient, offset, length);
            for (int i = offset; i < offset + length; i++) {
                direction[i] = size == 0 ? 0 : (float) (gradient[i] / size);
            }
        }

        @Override
        double tolerance(double radius) {
            return RELATIVE_TOLERANCE * radius;
        }
    },

    /** The sum of all absolute changes. */
    L1("l1", "L1") {
        @Override
        public double distance(float[] a, float[] b, int offset, int length) {
            double sum = 0;
            for (int i = offset; i < offset + length; i++) {
                sum += Math.abs((double) a[i] - b[i]);
            }
            return infiniteIfNan(sum);
        }

        @Override
        public double size(float[] v, int offset, int length) {
            double sum = 0;
            for (int i = offset; i < offset + length; i++) {
                sum += Math.abs(v[i]);
            }
            return infiniteIfNan(sum);
        }

        @Override
        public Norm dual() {
            return LINF;
        }

        @Override
        public double largest(int length) {
            return length;
        }

        @Override
        public void project(float[] clean, float[] point, int offset, int length, double radius) {
            Projection.shrink(this, Projection::shrinkL1, clean, point, offset, length, radius);
        }

        @Override
        public void sample(SplittableRandom random, float[] target, int offset, int length, double radius) {
            // one more exponential number than there are pixels stands for the gap between the point and the surface
            double sum = Draw.exponential(random);
            for (int i = offset; i < offset + length; i++) {
                float magnitude = (float) Draw.exponential(random);
                sum += magnitude;
                target[i] = random.nextBoolean() ? magnitude : -magnitude;
            }
            Rounding.scale(target, offset, length, radius, sum);
        }

        @Override
        public void steepest(float[] gradient, int offset, int length, float[] direction) {
            largestCoordinate(gradient, offset, length, direction);
        }

        @Override
        double tolerance(double radius) {
            return RELATIVE_TOLERANCE * radius;
        }
    },

    /** The number of changed inputs: pixels times channels. Not a norm, since it ignores how much each one changed. */
    L0("l0", "L0") {
        @Override
        public double distance(float[] a, float[] b, int offset, int length) {
            int changed = 0;
            for (int i = offset; i < offset + length; i++) {
                if (Float.isNaN(a[i]) || Float.isNaN(b[i])) {
                    return Double.POSITIVE_INFINITY;
                }
                if (a[i] != b[i]) {
                    changed++;
                }
            }
            return changed;
        }

        @Override
        public double size(float[] v, int offset, int length) {
            int changed = 0;
            for (int i = offset; i < offset + length; i++) {
                if (Float.isNaN(v[i])) {
                    return Double.POSITIVE_INFINITY;
                }
                if (v[i] != 0) {
                    changed++;
                }
            }
            return changed;
        }

        @Override
        public Norm dual() {
            return LINF;
        }

        @Override
        public double largest(int length) {
            return length;
        }

        @Override
        public void project(float[] clean, float[] point, int offset, int length, double radius) {
            Projection.keepMostValuable(clean, point, offset, length, (int) Math.min(radius, length));
        }

        @Override
        public void sample(SplittableRandom random, float[] target, int offset, int length, double radius) {
            int missing = (int) Math.min(radius, length);
            for (int i = 0; i < length; i++) {
                // each remaining position is equally likely to be among the missing ones
                if (random.nextInt(length - i) < missing) {
                    target[offset + i] = (float) Draw.symmetric(random);
                    missing--;
                } else {
                    target[offset + i] = 0;
                }
            }
        }

        @Override
        public void steepest(float[] gradient, int offset, int length, float[] direction) {
            largestCoordinate(gradient, offset, length, direction);
        }

        @Override
        double tolerance(double radius) {
            return 0;
        }
    };

    /** The relative error of float arithmetic is at most 6e-8 per step; this allows for a few steps. */
    private static final double RELATIVE_TOLERANCE = 1e-6;

    private final String id;
    private final String title;

    Norm(String id, String title) {
        this.id = id;
        this.title = title;
    }

    /**
     * Returns the norm with this name.
     *
     * @param name the name, such as {@code linf}
     * @return the norm
     * @throws dev.gauntlet.GauntletException if the name is unknown; the message lists all norms
     */
    public static Norm parse(String name) {
        return Choices.of("norm", List.of(values()), Norm::id).parse(name);
    }

    /**
     * Returns the name used in records and on the command line.
     *
     * @return the name, such as {@code linf}
     */
    public String id() {
        return id;
    }

    /**
     * Returns the name for people.
     *
     * @return the name, such as {@code L-infinity}
     */
    public String title() {
        return title;
    }

    /**
     * Computes the distance between two examples in double precision.
     *
     * @param a the first batch of pixels
     * @param b the second batch of pixels
     * @param offset the index of the example's first pixel, in both
     * @param length the number of pixels of the example
     * @return the distance, infinite if a pixel is NaN
     */
    public abstract double distance(float[] a, float[] b, int offset, int length);

    /**
     * Computes the size of a vector in double precision.
     *
     * @param v the vectors of a batch
     * @param offset the index of the vector's first number
     * @param length the number of its elements
     * @return the size, infinite if a number is NaN
     */
    public abstract double size(float[] v, int offset, int length);

    /**
     * Returns the dual norm, which bounds how much a step of size 1 changes a linear function: L1 for L-infinity, L2
     * for L2, L-infinity for L1.
     *
     * <p>L0 has no dual, because it is not a norm. Like the FMN attack (Pintor et al., "Fast Minimum-norm Adversarial
     * Attacks through Adaptive Norm Constraints", <a href="https://arxiv.org/abs/2102.12827">arXiv:2102.12827</a>),
     * this returns L-infinity for it: one pixel that changes by 1 changes the function by at most its largest
     * coefficient.
     *
     * @return the dual norm
     */
    public abstract Norm dual();

    /**
     * Returns the largest distance between two images with all pixels in [0,1].
     *
     * @param length the number of pixels
     * @return the distance
     */
    public abstract double largest(int length);

    /**
     * Projects a point in place onto the set of points that have all pixels in [0,1] and are within the radius of the
     * clean example; the projection is the nearest such point in the Euclidean distance.
     *
     * <p>This is the exact projection onto the intersection of ball and box; projecting onto one after the other is
     * not. For L1 it is that of Croce and Hein, "Mind the box: l1-APGD for sparse adversarial attacks on image
     * classifiers", <a href="https://arxiv.org/abs/2103.01208">arXiv:2103.01208</a>. For L0 it keeps the changes whose
     * removal would cost most, as many as the radius allows, the first pixel on ties.
     *
     * <p>The result is rounded towards the clean example, so that {@link #distance} never finds it beyond the radius;
     * in L-infinity it is rounded to the nearest float. A point that is already in the set does not change, except that
     * -0.0 may become 0.0. Infinite pixels count as very large; a NaN stays NaN, so that callers detect it.
     *
     * <p>Cost: a few passes over the pixels; for L0 one sort.
     *
     * @param clean the clean pixels of a batch, in [0,1]
     * @param point the pixels of the same batch that are moved in place
     * @param offset the index of the example's first pixel, in both
     * @param length the number of pixels of the example
     * @param radius the radius, at least 0
     */
    public abstract void project(float[] clean, float[] point, int offset, int length, double radius);

    /**
     * Draws a vector uniformly from the ball around 0; added to an example, it may leave [0,1].
     *
     * <p>L-infinity: each number uniform. L2: a normal direction, scaled to the radius times {@code u^(1/length)}. L1:
     * exponential numbers with random signs, divided by their sum and one more. L0, whose ball has no uniform
     * distribution: as many random inputs as the radius allows get numbers uniform in [-1,1].
     *
     * @param random the source of the random numbers
     * @param target the vectors of a batch, of which one is overwritten
     * @param offset the index of the vector's first number
     * @param length the number of its elements
     * @param radius the radius, at least 0
     */
    public abstract void sample(SplittableRandom random, float[] target, int offset, int length, double radius);

    /**
     * Finds the vector of size 1 along which a linear function with this gradient grows most.
     *
     * <p>L-infinity: the sign of each number, 0 for 0. L2: the gradient divided by its size, however small that is. L1
     * and L0: the sign of the largest number alone, the first one on ties. A gradient of zeros gives zeros.
     *
     * @param gradient the gradients of a batch, finite
     * @param offset the index of the example's first number, in both
     * @param length the number of its elements
     * @param direction receives the vector, of the batch's size; may be the same array
     */
    public abstract void steepest(float[] gradient, int offset, int length, float[] direction);

    /** Returns how far a result may exceed this radius because it was computed with floats. */
    abstract double tolerance(double radius);

    private static double infiniteIfNan(double distance) {
        return Double.isNaN(distance) ? Double.POSITIVE_INFINITY : distance;
    }

    private static void largestCoordinate(float[] gradient, int offset, int length, float[] direction) {
        float largest = 0;
        int at = offset;
        for (int i = offset; i < offset + length; i++) {
            if (Math.abs(gradient[i]) > Math.abs(largest)) {
                largest = gradient[i];
                at = i;
            }
        }
        Arrays.fill(direction, offset, offset + length, 0);
        if (largest != 0) {
            direction[at] = Math.signum(largest);
        }
    }
}

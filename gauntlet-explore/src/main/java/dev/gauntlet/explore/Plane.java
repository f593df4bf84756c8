package dev.gauntlet.explore;

import dev.gauntlet.RandomKey;
import dev.gauntlet.loss.CrossEntropy;
import dev.gauntlet.model.DifferentiableClassifier;
import dev.gauntlet.threat.Criterion;
import java.util.Optional;
import java.util.SplittableRandom;

/**
 * A plane through an image, spanned by two directions of length 1 that are at right angles.
 *
 * @param clean the image, which has the coordinates 0 and 0
 * @param first the first direction
 * @param second the second direction
 */
record Plane(float[] clean, double[] first, double[] second) {
    /** The coordinates of the projection of a point onto the plane, in Euclidean distance. */
    record Place(double u, double v) {}

    /** Spans a plane by the gradient of the adversary's loss at an image, and a random direction. */
    static Optional<Plane> ofGradient(DifferentiableClassifier model, Subject subject, Criterion criterion, long seed) {
        float[] gradient = model.gradient(
                        subject.image(), row -> criterion.objective(new CrossEntropy(), subject.label()))
                .pixels();
        return of(subject.pixels(), doubles(gradient), random(gradient.length, seed), seed);
    }

    /**
     * Spans a plane through three images; if they are on a line, its second direction is random.
     *
     * @return the plane; empty if the first two are the same
     */
    static Optional<Plane> through(float[] clean, float[] first, float[] second, long seed) {
        return of(clean, difference(first, clean), difference(second, clean), seed);
    }

    private static Optional<Plane> of(float[] clean, double[] first, double[] second, long seed) {
        if (!normalize(first)) {
            return Optional.empty();
        }
        return Optional.of(new Plane(clean, first, orthogonal(second, first) ? second : orthogonalRandom(first, seed)));
    }

    private static double[] orthogonalRandom(double[] first, long seed) {
        double[] random = random(first.length, seed);
        // an image of one pixel has no second direction; then the plane is a line
        return orthogonal(random, first) ? random : new double[first.length];
    }

    /** Removes from a vector what is along another, and scales it to length 1; tells whether anything was left. */
    private static boolean orthogonal(double[] vector, double[] other) {
        double before = length(vector);
        double along = dot(vector, other);
        for (int i = 0; i < vector.length; i++) {
            vector[i] -= along * other[i];
        }
        return length(vector) > NEGLIGIBLE * before && normalize(vector);
    }

    /** A share of a vector that is nothing but rounding. */
    private static final double NEGLIGIBLE = 1e-6;

    private static boolean normalize(double[] vector) {
        double length = length(vector);
        if (!(length > 0)) {
            return false;
        }
        for (int i = 0; i < vector.length; i++) {
            vector[i] /= length;
        }
        return true;
    }

    private static double length(double[] vector) {
        return Math.sqrt(dot(vector, vector));
    }

    private static double dot(double[] a, double[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += a[i] * b[i];
        }
        return sum;
    }

    private static double[] random(int length, long seed) {
        SplittableRandom random = RandomKey.of(seed).with("plane").generator();
        double[] vector = new double[length];
        for (int i = 0; i < length; i++) {
            vector[i] = random.nextGaussian();
        }
        return vector;
    }

    private static double[] doubles(float[] vector) {
        double[] doubles = new double[vector.length];
        for (int i = 0; i < vector.length; i++) {
            doubles[i] = vector[i];
        }
        return doubles;
    }

    private static double[] difference(float[] to, float[] from) {
        double[] difference = new double[to.length];
        for (int i = 0; i < to.length; i++) {
            difference[i] = (double) to[i] - from[i];
        }
        return difference;
    }

    /** Projects a point. */
    Place place(float[] point) {
        double[] difference = difference(point, clean);
        return new Place(dot(difference, first), dot(difference, second));
    }

    /** Writes the image at some coordinates, with every pixel moved into [0,1]. */
    void copyPoint(double u, double v, float[] target, int offset) {
        for (int i = 0; i < clean.length; i++) {
            target[offset + i] = (float) Math.max(0, Math.min(1, clean[i] + u * first[i] + v * second[i]));
        }
    }
}

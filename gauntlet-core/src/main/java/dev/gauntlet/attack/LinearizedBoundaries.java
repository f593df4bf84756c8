package dev.gauntlet.attack;

import dev.gauntlet.data.Batch;
import dev.gauntlet.loss.LogitDifference;
import dev.gauntlet.loss.Loss;
import dev.gauntlet.model.DifferentiableClassifier;
import dev.gauntlet.model.Gradient;
import dev.gauntlet.model.Logits;
import dev.gauntlet.threat.Hyperplane;
import dev.gauntlet.threat.Norm;
import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/**
 * The nearest of several decision boundaries for each point of a batch, with the model linearized at the point.
 *
 * <p>A boundary is the zero set of a function of the logits, such as the difference of two of them.
 */
final class LinearizedBoundaries {
    private final Logits logits;
    private final float[] gradients;
    private final double[] values;
    private final double[] distances;

    /**
     * Begins without any boundary.
     *
     * @param logits the logits of the points
     */
    LinearizedBoundaries(Logits logits, Batch points) {
        this.logits = logits;
        this.gradients = new float[points.pixels().length];
        this.values = new double[points.size()];
        this.distances = new double[points.size()];
        Arrays.fill(distances, Double.POSITIVE_INFINITY);
    }

    /**
     * Linearizes all boundaries at the given points.
     *
     * <p>Cost: one forward and backward pass per function and point.
     *
     * @param norm the norm
     * @param points the points, at least one
     * @param functions the functions for each point, the same number for all points
     */
    static LinearizedBoundaries of(DifferentiableClassifier model, Norm norm, Batch points, Loss[][] functions) {
        Gradient gradient = model.gradient(points, row -> functions[row][0]);
        LinearizedBoundaries nearest = new LinearizedBoundaries(gradient.logits(), points);
        for (int next = 1; next <= functions[0].length; next++) {
            for (int row = 0; row < points.size(); row++) {
                nearest.take(norm, row, gradient, row);
            }
            if (next < functions[0].length) {
                int index = next;
                gradient = model.gradient(points, row -> functions[row][index]);
            }
        }
        return nearest;
    }

    /**
     * Takes the boundary of one function at a point, if it is the nearest so far.
     *
     * @param row the row of the point
     * @param gradient the values and gradients of some functions
     * @param at the row of the function's among them
     * @return whether it is the nearest so far, and the size of the gradient in the dual norm
     */
    Slope take(Norm norm, int row, Gradient gradient, int at) {
        int length = gradients.length / values.length;
        double value = gradient.losses()[at];
        double slope = norm.dual().size(gradient.pixels(), at * length, length);
        double distance = Math.abs(value) / slope;
        // a constant model has no boundary, and one that overflows has none that can be computed
        boolean isNearest = slope < Double.POSITIVE_INFINITY && distance < distances[row];
        if (isNearest) {
            distances[row] = distance;
            values[row] = value;
            System.arraycopy(gradient.pixels(), at * length, gradients, row * length, length);
        }
        return new Slope(slope, isNearest);
    }

    /** The size of a gradient, and whether its boundary is the nearest so far. */
    record Slope(double size, boolean isNearest) {}

    /** Returns the other classes of an example by decreasing logit; among equal logits, the lower class comes first. */
    static int[] rivals(Logits logits, int row, int label) {
        int offset = row * logits.classes();
        return IntStream.range(0, logits.classes())
                .filter(k -> k != label)
                .boxed()
                .sorted(Comparator.comparing((Integer k) -> -logits.values()[offset + k]))
                .mapToInt(k -> k)
                .toArray();
    }

    /** Returns the functions of the boundaries between the true class and other classes. */
    static Loss[] between(int[] rivals) {
        return Arrays.stream(rivals).mapToObj(LogitDifference::new).toArray(Loss[]::new);
    }

    /** Returns the logits of the points. */
    Logits logits() {
        return logits;
    }

    /** Tells whether a point has any boundary. */
    boolean exists(int row) {
        return distances[row] < Double.POSITIVE_INFINITY;
    }

    /** Returns the distance of the nearest boundary from a point without the box constraint; infinite if there is none. */
    double distance(int row) {
        return distances[row];
    }

    /** Returns the value of the function of the nearest boundary at a point; 0 without a boundary. */
    double value(int row) {
        return values[row];
    }

    /** Returns the gradients of the functions of the nearest boundaries; zero without a boundary. */
    float[] gradients() {
        return gradients;
    }

    /** Returns the nearest boundary of a point; if there is none, a hyperplane that contains all points. */
    Hyperplane hyperplane(int row, float[] points) {
        int length = points.length / values.length;
        return Hyperplane.linearised(gradients, points, row * length, length, values[row]);
    }
}

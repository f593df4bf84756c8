package dev.gauntlet.attack;

import dev.gauntlet.attack.kit.RowSelection;
import dev.gauntlet.data.Batch;
import dev.gauntlet.loss.Loss;
import dev.gauntlet.model.DifferentiableClassifier;
import dev.gauntlet.model.Gradient;
import dev.gauntlet.threat.Norm;
import java.util.ArrayList;
import java.util.List;

/**
 * Finds the nearest of several linearized decision boundaries again and again, for points that move by short steps, and computes
 * few gradients.
 *
 * <p>At the first points it computes the gradients of all functions. Later, the logits give the value of every function, and the
 * gradient of the function whose boundary was nearest before gives a distance. Another function can be nearer only if its
 * gradient has grown; it is left out if even a gradient of {@link #GROWTH} times the size it last had would not make it
 * nearer.
 */
final class NearestBoundaries {
    /** The gradients of a network rarely grow by a tenth from one step of DeepFool to the next. */
    private static final double GROWTH = 2;

    private Loss[][] functions;

    /** The size of the gradient of each function when it was last computed, in the dual norm. */
    private double[][] slopes;

    private int[] nearest;

    /**
     * Begins a search.
     *
     * @param functions the functions for each point, the same number for all points and at least one
     */
    NearestBoundaries(Loss[][] functions) {
        this.functions = functions;
        this.slopes = new double[functions.length][functions.length == 0 ? 0 : functions[0].length];
        this.nearest = new int[functions.length];
    }

    /** Continues with some of the points. */
    void select(int[] rows) {
        functions = RowSelection.select(functions, rows);
        slopes = RowSelection.select(slopes, rows);
        nearest = RowSelection.select(nearest, rows);
    }

    /**
     * Linearizes the boundaries that may be nearest.
     *
     * <p>Cost: at most one forward and backward pass per function and point; usually one or two after the first call.
     *
     * @param points the points, at least one
     */
    LinearizedBoundaries at(DifferentiableClassifier model, Norm norm, Batch points) {
        Gradient gradient = model.gradient(points, row -> functions[row][nearest[row]]);
        LinearizedBoundaries found = new LinearizedBoundaries(gradient.logits(), points);
        int[] first = nearest.clone();
        for (int row = 0; row < points.size(); row++) {
            take(norm, found, row, first[row], gradient, row);
        }
        List<int[]> others = others(found, points, first);
        for (int from = 0; from < others.size(); from += points.size()) {
            List<int[]> some = others.subList(from, Math.min(others.size(), from + points.size()));
            int[] rows = some.stream().mapToInt(pair -> pair[0]).toArray();
            Gradient more = model.gradient(points.select(rows), i -> functions[rows[i]][some.get(i)[1]]);
            for (int i = 0; i < rows.length; i++) {
                take(norm, found, rows[i], some.get(i)[1], more, i);
            }
        }
        return found;
    }

    private void take(Norm norm, LinearizedBoundaries found, int row, int function, Gradient gradient, int at) {
        LinearizedBoundaries.Slope slope = found.take(norm, row, gradient, at);
        slopes[row][function] = slope.size();
        if (slope.isNearest()) {
            nearest[row] = function;
        }
    }

    /** Returns the row and the number of each function that may be nearer than the one computed first. */
    private List<int[]> others(LinearizedBoundaries found, Batch points, int[] first) {
        List<int[]> others = new ArrayList<>();
        float[] logits = found.logits().values();
        int classes = found.logits().classes();
        for (int row = 0; row < points.size(); row++) {
            for (int function = 0; function < functions[row].length; function++) {
                double value = functions[row][function].value(logits, row * classes, classes, points.labels()[row]);
                double slope = GROWTH * slopes[row][function];
                // a gradient that is not known yet, or was 0 or infinite, is computed
                boolean isFarther = slope > 0 && Math.abs(value) / slope > found.distance(row);
                if (function != first[row] && !isFarther) {
                    others.add(new int[] {row, function});
                }
            }
        }
        return others;
    }
}

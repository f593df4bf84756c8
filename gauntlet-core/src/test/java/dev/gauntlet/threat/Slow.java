package dev.gauntlet.threat;

import java.util.function.DoubleFunction;
import java.util.function.ToDoubleFunction;
import java.util.function.UnaryOperator;

/** Solvers that are too slow to use and too simple to be wrong. */
final class Slow {
    private Slow() {}

    static double[] change(float[] clean, double[] point) {
        double[] change = new double[clean.length];
        for (int i = 0; i < clean.length; i++) {
            change[i] = point[i] - clean[i];
        }
        return change;
    }

    static double size(Norm norm, double[] v) {
        double size = 0;
        for (double number : v) {
            size = switch (norm) {
                case LINF -> Math.max(size, Math.abs(number));
                case L2 -> Math.hypot(size, number);
                case L1 -> size + Math.abs(number);
                case L0 -> size + (number == 0 ? 0 : 1);
            };
        }
        return size;
    }

    static double squaredDistance(double[] a, float[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += (a[i] - b[i]) * (a[i] - b[i]);
        }
        return sum;
    }

    /** The projection onto ball and box, by bisection on the multiplier of the ball's constraint. */
    static double[] project(Norm norm, float[] clean, float[] point, double radius) {
        DoubleFunction<double[]> shrunk = multiplier -> {
            double[] candidate = new double[clean.length];
            for (int i = 0; i < clean.length; i++) {
                double change = (double) point[i] - clean[i];
                double shorter = norm == Norm.L2
                        ? change / (1 + multiplier)
                        : Math.copySign(Math.max(0, Math.abs(change) - multiplier), change);
                candidate[i] = Math.max(0, Math.min(1, clean[i] + shorter));
            }
            return candidate;
        };
        ToDoubleFunction<double[]> distance = candidate -> size(norm, change(clean, candidate));
        if (distance.applyAsDouble(shrunk.apply(0)) <= radius) {
            return shrunk.apply(0);
        }
        double low = 0;
        double high = 1e60;
        for (int step = 0; step < 600; step++) {
            double middle =
                    low == 0 ? high / 1e3 : low < high / 4 ? Math.sqrt(low) * Math.sqrt(high) : (low + high) / 2;
            if (distance.applyAsDouble(shrunk.apply(middle)) <= radius) {
                high = middle;
            } else {
                low = middle;
            }
        }
        return shrunk.apply(high);
    }

    /**
     * The projection onto two convex sets, the L2 ball or a hyperplane first and the box second, by Dykstra's alternating
     * projections.
     */
    static double[] dykstra(float[] point, UnaryOperator<double[]> first, int rounds) {
        double[] x = new double[point.length];
        double[] before = new double[point.length];
        double[] p = new double[point.length];
        double[] q = new double[point.length];
        for (int i = 0; i < x.length; i++) {
            x[i] = point[i];
        }
        for (int round = 0; round < rounds; round++) {
            for (int i = 0; i < x.length; i++) {
                before[i] = x[i] + p[i];
            }
            double[] y = first.apply(before.clone());
            for (int i = 0; i < x.length; i++) {
                p[i] = before[i] - y[i];
                double corrected = y[i] + q[i];
                x[i] = Math.max(0, Math.min(1, corrected));
                q[i] = corrected - x[i];
            }
        }
        return x;
    }
}

package dev.gauntlet.attack;

import dev.gauntlet.attack.kit.Problem;
import dev.gauntlet.attack.kit.RowSelection;
import dev.gauntlet.threat.Norm;
import java.util.Arrays;

/** Moves successes as close to their clean examples as possible, with a binary search for each. */
final class BoundaryBisection {
    private BoundaryBisection() {}

    /**
     * Searches on the line to the clean example, or in L-infinity on the path that reduces the largest changes first.
     *
     * <p>Cost: one forward pass per halving from 1 down to the precision.
     *
     * @param rows the rows of the examples in the problem
     * @param points a success for each example, in the box
     * @param precision the precision of the boundary, as a share of the path; above 0
     * @return the nearest success found for each example
     */
    static float[] run(
            DecisionOracle decisions, Problem problem, Norm norm, int[] rows, float[] points, double precision) {
        int length = problem.clean().shape().size();
        float[] clean = RowSelection.select(problem.clean().pixels(), rows, length);
        float[] nearest = points.clone();
        double[] shares = new double[rows.length];
        Arrays.fill(shares, 1);
        for (double gap = 1; gap > precision; gap /= 2) {
            float[] middle = new float[points.length];
            for (int i = 0; i < rows.length; i++) {
                approach(norm, clean, points, i * length, length, shares[i] - gap / 2, middle);
            }
            boolean[] wanted = decisions.of(rows, middle);
            for (int i = 0; i < rows.length; i++) {
                if (wanted[i]) {
                    shares[i] -= gap / 2;
                    System.arraycopy(middle, i * length, nearest, i * length, length);
                }
            }
        }
        return nearest;
    }

    /** Reduces a perturbation to a share: of each pixel's change, or in L-infinity of the largest allowed change. */
    private static void approach(
            Norm norm, float[] clean, float[] points, int offset, int length, double share, float[] target) {
        if (norm == Norm.LINF) {
            double reach = share * norm.distance(clean, points, offset, length);
            for (int i = offset; i < offset + length; i++) {
                double change = (double) points[i] - clean[i];
                target[i] = (float) (clean[i] + Math.max(-reach, Math.min(reach, change)));
            }
        } else {
            for (int i = offset; i < offset + length; i++) {
                target[i] = (float) (clean[i] + share * ((double) points[i] - clean[i]));
            }
        }
    }
}

package dev.gauntlet.attack;

import dev.gauntlet.attack.kit.Problem;
import dev.gauntlet.attack.kit.RowSelection;
import dev.gauntlet.threat.Norm;
import java.util.Arrays;

/** Goes from successes towards their clean examples as far as they stay successes, by binary searches side by side. */
final class BoundaryBisection {
    private BoundaryBisection() {}

    /**
     * Searches on the straight way to the clean example, or in L-infinity on the way on which the largest changes go back
     * first.
     *
     * <p>Cost: as many forward passes as 1 must be halved to come down to the precision.
     *
     * @param rows the rows of the examples in the problem
     * @param points a success for each, in the box
     * @param precision how exactly the boundary is found, as a share of the way; above 0
     * @return for each the nearest success on the way that was found
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

    /** Leaves a share of a perturbation: of each pixel's change, or in L-infinity of the largest change any may have. */
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

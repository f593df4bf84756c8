package dev.gauntlet.attack;

import dev.gauntlet.threat.Norm;
import java.util.Arrays;
import java.util.SplittableRandom;

/** The state of the boundary attack for one example: the current point and the step sizes. */
final class BoundaryAttackState {
    /** Smaller steps towards the clean example, as a share of the distance, do not improve the result. */
    private static final double SHORTEST_STEP = 1e-7;

    private final int row;
    private final float[] clean;
    private final float[] point;
    private final SplittableRandom random;
    private double distance;
    private double orthogonalStep;
    private double sourceStep;
    private final Recent sidewaysSuccesses = new Recent(100);
    private final Recent candidateSuccesses = new Recent(30);

    BoundaryAttackState(
            int row, float[] clean, float[] point, SplittableRandom random, double orthogonalStep, double sourceStep) {
        this.row = row;
        this.clean = clean;
        this.point = point;
        this.random = random;
        this.distance = Norm.L2.distance(clean, point, 0, clean.length);
        this.orthogonalStep = orthogonalStep;
        this.sourceStep = sourceStep;
    }

    int row() {
        return row;
    }

    double orthogonalStep() {
        return orthogonalStep;
    }

    double sourceStep() {
        return sourceStep;
    }

    boolean isFinished() {
        return sourceStep < SHORTEST_STEP;
    }

    /** Draws a random step on the sphere around the clean example, followed by a step towards that example. */
    void propose(float[] sideways, float[] candidates, int offset) {
        int length = clean.length;
        float[] step = new float[length];
        Norm.L2.sample(random, step, 0, length, 1);
        // removes the component of the step towards the clean example
        double towards = 0;
        for (int i = 0; i < length; i++) {
            towards += step[i] * ((double) clean[i] - point[i]);
        }
        double[] orthogonal = new double[length];
        double squares = 0;
        for (int i = 0; i < length; i++) {
            orthogonal[i] = step[i] - towards / (distance * distance) * ((double) clean[i] - point[i]);
            squares += orthogonal[i] * orthogonal[i];
        }
        // with one pixel the sphere has no other points on this side
        double factor = squares == 0 ? 0 : orthogonalStep * distance / Math.sqrt(squares);
        double hypotenuse = Math.sqrt(1 + orthogonalStep * orthogonalStep);
        double moved = 0;
        for (int i = 0; i < length; i++) {
            double onSphere = clean[i] + ((double) point[i] - clean[i] + factor * orthogonal[i]) / hypotenuse;
            sideways[offset + i] = (float) Math.max(0, Math.min(1, onSphere));
            double change = (double) sideways[offset + i] - clean[i];
            moved += change * change;
        }
        // clipping to the box may already have reduced the distance
        double way = Math.sqrt(moved);
        double share = way == 0 ? 0 : Math.max(0, Math.min(1, (sourceStep * distance + way - distance) / way));
        for (int i = 0; i < length; i++) {
            double left = (1 - share) * ((double) sideways[offset + i] - clean[i]);
            candidates[offset + i] = (float) (clean[i] + left);
        }
    }

    /** Moves to a success if it is closer. */
    void approach(float[] candidates, int offset) {
        float[] candidate = Arrays.copyOfRange(candidates, offset, offset + clean.length);
        double candidateDistance = Norm.L2.distance(clean, candidate, 0, clean.length);
        if (candidateDistance < distance) {
            System.arraycopy(candidate, 0, point, 0, clean.length);
            distance = candidateDistance;
        }
    }

    /** Records whether a random step and its candidate succeeded, and adapts the step sizes. */
    void adapt(boolean sidewaysSucceeded, boolean candidateSucceeded, double factor) {
        sidewaysSuccesses.add(sidewaysSucceeded);
        candidateSuccesses.add(candidateSucceeded);
        double both = sidewaysSuccesses.verdict(0.2, 0.5, factor);
        orthogonalStep *= both;
        sourceStep *= both * candidateSuccesses.verdict(0.1, 0.25, factor);
    }

    /** The most recent outcomes of one kind of trial. */
    private static final class Recent {
        private final boolean[] successes;
        private int added;

        Recent(int most) {
            successes = new boolean[most];
        }

        void add(boolean success) {
            successes[added % successes.length] = success;
            added++;
        }

        /**
         * Returns the factor if there are too many successes, its inverse if too few, and 1 otherwise or while there are not
         * enough outcomes; a change clears the outcomes.
         */
        double verdict(double few, double many, double factor) {
            if (added < successes.length) {
                return 1;
            }
            int count = 0;
            for (boolean success : successes) {
                count += success ? 1 : 0;
            }
            double share = (double) count / successes.length;
            if (share >= few && share <= many) {
                return 1;
            }
            added = 0;
            return share > many ? factor : 1 / factor;
        }
    }
}

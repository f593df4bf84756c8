package dev.gauntlet.attack;

import dev.gauntlet.threat.Norm;
import java.util.Arrays;

/** The way uphill of one example, with a step size that follows from how the climb goes. */
abstract sealed class ApgdClimb {
    /** The row of the example in the problem. */
    final int row;

    final Norm norm;
    final double radius;
    final float[] clean;

    /** The current point, and the gradient there. */
    float[] x;

    final float[] gradient;

    /** The point with the largest loss so far, and the gradient there. */
    final float[] best;

    final float[] bestGradient;

    /** How far a step goes. */
    double stepSize;

    double bestLoss = Double.NEGATIVE_INFINITY;

    private int steps = -1;

    private ApgdClimb(int row, Norm norm, double radius, float[] clean, float[] start) {
        this.row = row;
        this.norm = norm;
        this.radius = radius;
        this.clean = clean;
        x = start;
        gradient = new float[start.length];
        best = start.clone();
        bestGradient = new float[start.length];
    }

    /**
     * Starts a climb.
     *
     * @param start in the ball and the box; kept
     * @param sparseStart whether the start comes from an earlier climb and says how many pixels are worth changing
     */
    static ApgdClimb of(
            int row,
            Norm norm,
            double radius,
            float[] clean,
            float[] start,
            int steps,
            double rho,
            boolean sparseStart) {
        return norm == Norm.L1
                ? new Sparse(row, radius, clean, start, steps, sparseStart)
                : new Dense(row, norm, radius, clean, start, steps, rho);
    }

    /** Takes note of the loss at the current point, and of the gradient there, which is one of several in an array. */
    void observe(double loss, float[] gradients, int offset) {
        System.arraycopy(gradients, offset, gradient, 0, gradient.length);
        if (loss > bestLoss) {
            bestLoss = loss;
            System.arraycopy(x, 0, best, 0, x.length);
            System.arraycopy(gradient, 0, bestGradient, 0, gradient.length);
        }
        steps++;
        adapt(loss, steps);
    }

    /** Goes on to the next point. */
    abstract void step();

    /** Adapts the next steps to the loss after so many steps. */
    abstract void adapt(double loss, int stepsTaken);

    void goBackToTheBest() {
        x = best.clone();
        System.arraycopy(bestGradient, 0, gradient, 0, gradient.length);
    }

    void project(float[] point) {
        norm.project(clean, point, 0, point.length, radius);
    }

    /** Algorithm 1 of the paper, for L-infinity and L2. */
    private static final class Dense extends ApgdClimb {
        private static final double MOMENTUM = 0.75;

        private final double rho;
        private final int[] checkpoints;
        private int checkpoint;
        private float[] previous;
        private boolean first = true;
        private double lastLoss;
        private int increases;

        /** Whether the step was halved at the last checkpoint; the first one must not take it for stuck. */
        private boolean halved = true;

        private double bestLossAtCheckpoint;

        Dense(int row, Norm norm, double radius, float[] clean, float[] start, int steps, double rho) {
            super(row, norm, radius, clean, start);
            this.rho = rho;
            checkpoints = checkpoints(steps);
            stepSize = 2 * radius;
            previous = start;
        }

        @Override
        void step() {
            double momentum = first ? 1 : MOMENTUM;
            first = false;
            float[] ahead = new float[x.length];
            norm.steepest(gradient, 0, x.length, ahead);
            for (int i = 0; i < x.length; i++) {
                ahead[i] = (float) (x[i] + stepSize * ahead[i]);
            }
            project(ahead);
            float[] next = new float[x.length];
            for (int i = 0; i < x.length; i++) {
                next[i] = (float)
                        (x[i] + momentum * ((double) ahead[i] - x[i]) + (1 - momentum) * ((double) x[i] - previous[i]));
            }
            project(next);
            previous = x;
            x = next;
        }

        @Override
        void adapt(double loss, int stepsTaken) {
            if (stepsTaken == 0) {
                bestLossAtCheckpoint = loss;
            } else if (loss > lastLoss) {
                increases++;
            }
            lastLoss = loss;
            if (checkpoint < checkpoints.length && stepsTaken == checkpoints[checkpoint]) {
                check(checkpoint == 0 ? stepsTaken : stepsTaken - checkpoints[checkpoint - 1]);
                checkpoint++;
            }
        }

        private void check(int window) {
            // the first condition has "less than" in the paper and this in the authors' code
            boolean oscillates = increases <= rho * window;
            boolean stuck = !halved && bestLoss <= bestLossAtCheckpoint;
            halved = oscillates || stuck;
            if (halved) {
                stepSize /= 2;
                goBackToTheBest();
            }
            bestLossAtCheckpoint = bestLoss;
            increases = 0;
        }
    }

    /** The steps in L1, which change fewer and fewer pixels: "Mind the box", section 4. */
    private static final class Sparse extends ApgdClimb {
        private static final double PIXELS_PER_CHANGED = 1.5;
        private static final double SMALLER_STEP = 1.5;
        private static final double SMALLEST_STEP = 10;

        private final int window;
        private double share;
        private double changed;

        Sparse(int row, double radius, float[] clean, float[] start, int steps, boolean sparseStart) {
            super(row, Norm.L1, radius, clean, start);
            window = share(.04, steps);
            stepSize = radius;
            changed = sparseStart ? changed(start) : start.length;
            share = sparseStart ? changed / start.length / PIXELS_PER_CHANGED : .2;
        }

        @Override
        void step() {
            int length = x.length;
            // Two differences from the authors' code, both for the last few pixels: it rounds up and never gets from
            // two
            // pixels to one, and it also picks pixels that are black or white already and cannot go on.
            int count = (int) Math.max(1, Math.min(share * length, length));
            float[] next = new float[length];
            SparseSteps.steepest(x, gradient, 0, length, count, next);
            for (int i = 0; i < length; i++) {
                next[i] = (float) (x[i] + stepSize * next[i]);
            }
            project(next);
            x = next;
        }

        @Override
        void adapt(double loss, int stepsTaken) {
            if (stepsTaken > 0 && stepsTaken % window == 0) {
                check();
            }
        }

        private void check() {
            double now = changed(best);
            share = now / x.length / PIXELS_PER_CHANGED;
            if (now < .95 * changed) {
                stepSize = radius;
                goBackToTheBest();
            } else {
                stepSize = Math.max(stepSize / SMALLER_STEP, radius / SMALLEST_STEP);
            }
            changed = now;
        }

        private double changed(float[] point) {
            return Norm.L0.distance(clean, point, 0, point.length);
        }
    }

    private static int share(double share, int steps) {
        return Math.max((int) (share * steps), 1);
    }

    /** Returns after how many steps the step size is looked at in L-infinity and L2. */
    static int[] checkpoints(int steps) {
        int[] points = new int[steps];
        int count = 0;
        int window = share(.22, steps);
        for (int point = window; point <= steps; point += window) {
            points[count++] = point;
            window = Math.max(window - share(.03, steps), share(.06, steps));
        }
        return Arrays.copyOf(points, count);
    }
}

package dev.gauntlet.attack;

import dev.gauntlet.loss.Loss;
import dev.gauntlet.threat.Norm;
import java.util.Arrays;

/**
 * The state of an automatic PGD run for one example: {@link Dense} in L-infinity and L2, {@link Sparse} in L1. In each
 * iteration, {@link #observe} records the loss at the current point and adapts the steps, and {@link #step} takes one.
 */
abstract sealed class ApgdClimb {
    final Start start;
    final Norm norm;
    final double radius;

    /** The current point, and the gradient there. */
    float[] x;

    final float[] gradient;

    /** The point with the largest loss so far, and the gradient there. */
    final float[] best;

    private final float[] bestGradient;
    double bestLoss = Double.NEGATIVE_INFINITY;
    private int steps = -1;

    /**
     * What the climb with an example maximizes and where it starts.
     *
     * @param row the row of the example in the problem
     * @param goal the number of the goal
     * @param loss the loss to maximize
     * @param clean the clean pixels of the example
     * @param point the start, once it is projected onto ball and box
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Start(int row, int goal, Loss loss, float[] clean, float[] point) {
        /** Returns the same climb from another point. */
        Start continuedAt(float[] other) {
            return new Start(row, goal, loss, clean, other);
        }
    }

    private ApgdClimb(Start start, Norm norm, double radius) {
        this.start = start;
        this.norm = norm;
        this.radius = radius;
        x = projected(start.point().clone());
        best = x.clone();
        gradient = new float[x.length];
        bestGradient = new float[x.length];
    }

    /** Records the loss and the gradient at the current point. */
    final void observe(double loss, float[] gradients, int offset) {
        System.arraycopy(gradients, offset, gradient, 0, gradient.length);
        if (loss > bestLoss) {
            bestLoss = loss;
            System.arraycopy(x, 0, best, 0, x.length);
            System.arraycopy(gradient, 0, bestGradient, 0, gradient.length);
        }
        steps++;
        if (mustGoBack(loss, steps)) {
            x = best.clone();
            System.arraycopy(bestGradient, 0, gradient, 0, gradient.length);
        }
    }

    /** Adapts the step sizes to the loss at a checkpoint and tells whether the next step starts at the best point. */
    abstract boolean mustGoBack(double loss, int stepsTaken);

    /** Moves to the next point. */
    abstract void step();

    final float[] projected(float[] point) {
        norm.project(start.clean(), point, 0, point.length, radius);
        return point;
    }

    private static int share(double share, int steps) {
        return Math.max((int) (share * steps), 1);
    }

    /** Algorithm 1 of the paper, for L-infinity and L2. */
    static final class Dense extends ApgdClimb {
        private static final float MOMENTUM = 0.75f;

        private final Checkpoints checkpoints;
        private final double rho;
        private float[] previous;
        double stepSize;
        private double lastLoss = Double.POSITIVE_INFINITY;
        private int increases;
        private double bestLossAtCheckpoint;

        /** Whether the step was halved at the last checkpoint; true at first, because there is nothing to compare with. */
        private boolean halved = true;

        Dense(Start start, Norm norm, double radius, int steps, double rho) {
            super(start, norm, radius);
            this.rho = rho;
            checkpoints = Checkpoints.of(steps);
            stepSize = 2 * radius;
            previous = x;
        }

        @Override
        void step() {
            // floats, as in the authors' code: the loops are vectorized, and what is lost is far below a step
            float momentum = previous == x ? 1 : MOMENTUM;
            float size = (float) stepSize;
            float[] ahead = new float[x.length];
            norm.steepest(gradient, 0, x.length, ahead);
            for (int i = 0; i < x.length; i++) {
                ahead[i] = x[i] + size * ahead[i];
            }
            projected(ahead);
            float[] next = new float[x.length];
            for (int i = 0; i < x.length; i++) {
                next[i] = x[i] + momentum * (ahead[i] - x[i]) + (1 - momentum) * (x[i] - previous[i]);
            }
            previous = x;
            x = projected(next);
        }

        @Override
        boolean mustGoBack(double loss, int stepsTaken) {
            increases += loss > lastLoss ? 1 : 0;
            lastLoss = loss;
            int window = checkpoints.windowEndingAt(stepsTaken);
            if (window == 0) {
                return false;
            }
            // the first condition has "less than" in the paper and this in the authors' code
            boolean oscillates = increases <= rho * window;
            boolean stuck = !halved && bestLoss <= bestLossAtCheckpoint;
            halved = oscillates || stuck;
            stepSize = halved ? stepSize / 2 : stepSize;
            bestLossAtCheckpoint = bestLoss;
            increases = 0;
            return halved;
        }
    }

    /**
     * The checkpoints at which the step size is reconsidered: W in section 3 of the paper.
     *
     * @param at the step numbers in ascending order
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Checkpoints(int[] at) {
        /** Divides the steps into windows that shrink from 22 % to 6 % of them. */
        static Checkpoints of(int steps) {
            int[] at = new int[steps];
            int count = 0;
            int window = share(.22, steps);
            for (int point = window; point <= steps; point += window) {
                at[count++] = point;
                window = Math.max(window - share(.03, steps), share(.06, steps));
            }
            return new Checkpoints(Arrays.copyOf(at, count));
        }

        /** Returns the length of the window that ends at a step; 0 if none ends there. */
        int windowEndingAt(int step) {
            int checkpoint = Arrays.binarySearch(at, step);
            return checkpoint < 0 ? 0 : step - (checkpoint == 0 ? 0 : at[checkpoint - 1]);
        }
    }

    /** The steps in L1, which change fewer and fewer pixels: "Mind the box", section 4. */
    static final class Sparse extends ApgdClimb {
        private final int window;
        private SparseSchedule schedule;

        /** Starts a run; if it continues an earlier one, that one determines how many pixels to change. */
        Sparse(Start start, double radius, int steps, boolean sparseStart) {
            super(start, Norm.L1, radius);
            window = share(.04, steps);
            schedule = sparseStart
                    ? SparseSchedule.of(changed(), x.length, radius)
                    : new SparseSchedule(x.length, .2, radius);
        }

        @Override
        void step() {
            float[] next = new float[x.length];
            // Two differences from the authors' code, both for the last few pixels: it rounds up and never gets from
            // two
            // pixels to one, and it also picks pixels that are black or white already and cannot go on.
            int count = (int) Math.max(1, Math.min(schedule.share() * x.length, x.length));
            SparseSteps.steepest(x, gradient, 0, x.length, count, next);
            for (int i = 0; i < x.length; i++) {
                next[i] = (float) (x[i] + schedule.stepSize() * next[i]);
            }
            x = projected(next);
        }

        @Override
        boolean mustGoBack(double loss, int stepsTaken) {
            if (stepsTaken == 0 || stepsTaken % window != 0) {
                return false;
            }
            SparseSchedule before = schedule;
            schedule = before.next(changed(), x.length, radius);
            return schedule.changed() < SparseSchedule.SPARSER * before.changed();
        }

        private double changed() {
            return Norm.L0.distance(start.clean(), best, 0, best.length);
        }
    }

    /**
     * The sparsity and the size of a step in L1.
     *
     * @param changed the number of pixels that the best point changes
     * @param share the share of the pixels that the next step changes
     * @param stepSize the size of the next step
     */
    private record SparseSchedule(double changed, double share, double stepSize) {
        static final double SPARSER = .95;

        static SparseSchedule of(double changed, int length, double stepSize) {
            return new SparseSchedule(changed, changed / length / 1.5, stepSize);
        }

        /** Restores the largest step size if the best point has become sparser; otherwise reduces it. */
        SparseSchedule next(double changedNow, int length, double radius) {
            return of(
                    changedNow,
                    length,
                    changedNow < SPARSER * changed ? radius : Math.max(stepSize / 1.5, radius / 10));
        }
    }
}

package dev.gauntlet.attack;

import dev.gauntlet.data.Batch;
import dev.gauntlet.loss.Loss;
import dev.gauntlet.model.DifferentiableClassifier;
import dev.gauntlet.model.Gradient;
import dev.gauntlet.threat.Norm;

/**
 * The loop of the iterated gradient methods: many steps uphill, each followed by a projection onto the ball and the box.
 *
 * <p>An example that is fooled at any point, the first and the last included, is finished.
 *
 * @param model the model under attack
 * @param problem what is asked
 * @param loss what is increased
 * @param steps the number of steps
 * @param direction where a step goes
 */
record Ascent(DifferentiableClassifier model, Problem problem, Loss loss, int steps, Direction direction) {
    /** Returns the direction of steepest ascent in the norm of a problem. */
    static Direction steepest(Problem problem) {
        Norm norm = problem.norm();
        int length = problem.clean().shape().size();
        return (row, x, gradient, offset, direction) -> norm.steepest(gradient, offset, length, direction);
    }

    /** How the direction of a step follows from the gradient. */
    @FunctionalInterface
    interface Direction {
        /**
         * Finds the direction for one example; it has size 1 in the norm of the problem, or 0.
         *
         * @param row the row of the example in the problem
         * @param x the points of the examples that are not finished
         * @param gradient the gradients there
         * @param offset the index of the example's first pixel, in all three arrays
         * @param direction where the direction is put
         */
        void find(int row, float[] x, float[] gradient, int offset, float[] direction);
    }

    /**
     * Climbs with some examples of the problem.
     *
     * @param rows their rows
     * @param start where each begins, in the ball and the box
     * @param stepSize the size of a step
     * @param epsilon the radius of the ball
     * @param findings what keeps the successes
     */
    void climb(int[] rows, float[] start, double stepSize, double epsilon, Findings findings) {
        int length = problem.clean().shape().size();
        int[] standing = rows;
        Batch clean = problem.clean().select(rows);
        float[] x = start;
        for (int step = 0; step < steps && standing.length > 0; step++) {
            Gradient answer = model.gradient(clean.withPixels(x), problem.objective(loss, clean));
            float[] gradient = answer.pixels();
            int[] failed = findings.keep(standing, x, answer.logits());
            if (failed.length < standing.length) {
                standing = RowSelection.select(standing, failed);
                clean = clean.select(failed);
                x = RowSelection.select(x, failed, length);
                gradient = RowSelection.select(gradient, failed, length);
            }
            x = step(standing, clean, x, gradient, (float) stepSize, epsilon);
        }
        if (standing.length > 0) {
            findings.keep(standing, x, model.logits(clean.withPixels(x)));
        }
    }

    /** Computes {@code project(x + stepSize * direction(gradient))}. */
    private float[] step(int[] rows, Batch clean, float[] x, float[] gradient, float stepSize, double epsilon) {
        int length = clean.shape().size();
        float[] next = new float[x.length];
        for (int i = 0; i < rows.length; i++) {
            direction.find(rows[i], x, gradient, i * length, next);
        }
        for (int i = 0; i < next.length; i++) {
            next[i] = x[i] + stepSize * next[i];
        }
        for (int i = 0; i < rows.length; i++) {
            problem.norm().project(clean.pixels(), next, i * length, length, epsilon);
        }
        return next;
    }
}

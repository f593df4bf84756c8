package dev.gauntlet.attack.kit;

import dev.gauntlet.data.Batch;
import dev.gauntlet.loss.Loss;
import dev.gauntlet.model.DifferentiableClassifier;
import dev.gauntlet.model.Gradient;
import dev.gauntlet.threat.Norm;

/**
 * The loop of iterative gradient methods: steps of ascent, each followed by a projection onto the ball and the box.
 *
 * <p>The search for an example ends at the first success, which may be the first or the last point.
 *
 * <p>Cost: one forward and backward pass per step, and one forward pass.
 *
 * <p>Example: {@code new Ascent(model, problem, loss, 10, Ascent.steepest(problem)).climb(rows, start, 0.01, 0.1, findings)}.
 *
 * @param model the model under attack
 * @param problem the problem
 * @param loss the loss to maximize
 * @param steps the number of steps
 * @param direction the direction of the steps
 */
public record Ascent(DifferentiableClassifier model, Problem problem, Loss loss, int steps, Direction direction) {
    /**
     * Returns the direction of steepest ascent in the norm of a problem.
     *
     * @param problem the problem
     * @return the direction, which depends only on the gradient
     */
    public static Direction steepest(Problem problem) {
        Norm norm = problem.norm();
        int length = problem.clean().shape().size();
        return (row, x, gradient, offset, direction) -> norm.steepest(gradient, offset, length, direction);
    }

    /** Computes the direction of a step from the gradient. */
    @FunctionalInterface
    public interface Direction {
        /**
         * Finds the direction for one example; it has size 1 in the norm of the problem, or 0.
         *
         * @param row the row of the example in the problem
         * @param x the points of the active examples
         * @param gradient the gradients there
         * @param offset the index of the example's first pixel, in all three arrays
         * @param direction receives the direction
         */
        void find(int row, float[] x, float[] gradient, int offset, float[] direction);
    }

    /**
     * Runs the ascent for some examples of the problem and stores the successes.
     *
     * @param rows their rows
     * @param start the starting points, one after the other, in the ball and the box
     * @param stepSize the step size
     * @param epsilon the radius of the ball
     * @param findings stores the successes
     */
    public void climb(int[] rows, float[] start, double stepSize, double epsilon, Findings findings) {
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

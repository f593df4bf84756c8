package dev.gauntlet.attack.kit;

import dev.gauntlet.data.Batch;
import dev.gauntlet.threat.Norm;
import java.util.SplittableRandom;

/** Draws the starting points of iterative attacks. */
public final class StartingPoints {
    private StartingPoints() {}

    /**
     * Draws a uniform point of the ball for each of some examples and projects it onto ball and box.
     *
     * @param problem the problem
     * @param rows the rows of the examples in the problem
     * @param epsilon the radius of the ball
     * @param restart an additional key of the points, besides the seed and the example
     * @return the points, one after the other
     */
    public static float[] uniform(Problem problem, int[] rows, double epsilon, int restart) {
        Batch clean = problem.clean().select(rows);
        int length = clean.shape().size();
        float[] x = new float[clean.pixels().length];
        for (int i = 0; i < rows.length; i++) {
            problem.norm()
                    .sample(problem.randomness(rows[i]).with(restart).generator(), x, i * length, length, epsilon);
        }
        for (int i = 0; i < x.length; i++) {
            x[i] += clean.pixels()[i];
        }
        for (int i = 0; i < rows.length; i++) {
            problem.norm().project(clean.pixels(), x, i * length, length, epsilon);
        }
        return x;
    }

    /**
     * Moves every pixel of some examples up or down at random, by the same amount, and clamps it to [0,1].
     *
     * @param problem the problem
     * @param rows the rows of the examples in the problem
     * @param amount the change of each pixel
     * @return the points, one after the other
     */
    public static float[] signs(Problem problem, int[] rows, double amount) {
        Batch clean = problem.clean().select(rows);
        int length = clean.shape().size();
        float[] x = new float[clean.pixels().length];
        for (int i = 0; i < rows.length; i++) {
            SplittableRandom random = problem.randomness(rows[i]).generator();
            for (int p = i * length; p < (i + 1) * length; p++) {
                x[p] = clean.pixels()[p] + (float) (random.nextBoolean() ? amount : -amount);
            }
            Norm.LINF.project(clean.pixels(), x, i * length, length, amount);
        }
        return x;
    }
}

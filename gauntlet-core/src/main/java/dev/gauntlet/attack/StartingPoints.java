package dev.gauntlet.attack;

import dev.gauntlet.data.Batch;
import dev.gauntlet.threat.Norm;
import java.util.SplittableRandom;

/** Where a descent begins. */
final class StartingPoints {
    private StartingPoints() {}

    /** Draws for some examples of a problem a point of the ball, uniformly, and projects it onto ball and box. */
    static float[] uniform(Problem problem, int[] rows, double epsilon, int restart) {
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

    /** Moves every pixel of some examples of a problem up or down by the same amount, at random, but not out of [0,1]. */
    static float[] signs(Problem problem, int[] rows, double amount) {
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

package dev.gauntlet.attack;

import dev.gauntlet.data.Batch;

/** Where a descent begins. */
final class Starts {
    private Starts() {}

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
}

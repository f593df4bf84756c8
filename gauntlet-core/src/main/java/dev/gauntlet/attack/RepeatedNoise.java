package dev.gauntlet.attack;

import dev.gauntlet.attack.kit.Findings;
import dev.gauntlet.attack.kit.Problem;
import dev.gauntlet.attack.kit.RowSelection;
import dev.gauntlet.data.Batch;
import dev.gauntlet.model.Classifier;
import dev.gauntlet.threat.Norm;

/**
 * Random noise of a fixed size, drawn repeatedly for the examples that are still robust; shared by {@link GaussianNoise}
 * and {@link UniformNoise}.
 *
 * @param source the norm of the ball of the noise: uniform in L-infinity, with a normal direction in L2
 * @param repeats the largest number of draws
 * @param clippingAware whether noise in L2 is enlarged to compensate for clipping to the box
 */
record RepeatedNoise(Norm source, int repeats, boolean clippingAware) {
    void search(Classifier model, Problem problem, double epsilon, Findings findings) {
        int length = problem.clean().shape().size();
        int[] rows = findings.open();
        Batch clean = problem.clean().select(rows);
        for (int repeat = 0; repeat < repeats && rows.length > 0; repeat++) {
            float[] x = new float[clean.pixels().length];
            for (int i = 0; i < rows.length; i++) {
                source.sample(problem.randomness(rows[i]).with(repeat).generator(), x, i * length, length, 1);
                add(problem.norm(), clean.pixels(), x, i * length, length, epsilon);
            }
            int[] standing = findings.keep(rows, x, model.logits(clean.withPixels(x)));
            if (standing.length < rows.length) {
                rows = RowSelection.select(rows, standing);
                clean = clean.select(standing);
            }
        }
    }

    /** Scales noise to the budget and adds it to the clean example. */
    private void add(Norm norm, float[] clean, float[] noise, int offset, int length, double epsilon) {
        double size = norm.size(noise, offset, length);
        double factor = size == 0 ? 0 : epsilon / size;
        if (clippingAware && norm == Norm.L2) {
            factor = enlarge(factor, clean, noise, offset, length, epsilon);
        }
        for (int i = offset; i < offset + length; i++) {
            noise[i] = (float) (clean[i] + factor * noise[i]);
        }
        // for a point this far away, the projection onto ball and box is the clipped point
        norm.project(clean, noise, offset, length, epsilon);
    }

    /**
     * Enlarges the factor of the noise until the clipped noise is of size epsilon, or all of it is clipped.
     *
     * <p>For a given set of clipped pixels, the factor for the others has a closed form; it may clip more pixels, so it can be
     * too small, but never too large.
     */
    private static double enlarge(
            double atLeast, float[] clean, float[] noise, int offset, int length, double epsilon) {
        double factor = atLeast;
        while (true) {
            double clipped = 0;
            double free = 0;
            for (int i = offset; i < offset + length; i++) {
                double room = noise[i] > 0 ? 1.0 - clean[i] : clean[i];
                if (factor * Math.abs(noise[i]) >= room) {
                    clipped += room * room;
                } else {
                    free += (double) noise[i] * noise[i];
                }
            }
            double needed = Math.sqrt((epsilon * epsilon - clipped) / free);
            // a change in the last bits clips no more pixels; infinity and NaN mean that all pixels are clipped
            if (free == 0 || !(needed > factor * (1 + 1e-12))) {
                return factor;
            }
            factor = needed;
        }
    }
}

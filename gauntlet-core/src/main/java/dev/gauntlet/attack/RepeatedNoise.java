package dev.gauntlet.attack;

import dev.gauntlet.attack.kit.Findings;
import dev.gauntlet.attack.kit.Problem;
import dev.gauntlet.attack.kit.RowSelection;
import dev.gauntlet.data.Batch;
import dev.gauntlet.model.Classifier;
import dev.gauntlet.threat.Norm;

/**
 * Random noise of a fixed size, drawn anew for the examples that still stand; what {@link GaussianNoise} and
 * {@link UniformNoise} have in common.
 *
 * @param source the norm from whose ball noise is drawn: uniformly in L-infinity, with a normal direction in L2
 * @param repeats how often noise is drawn
 * @param clippingAware whether noise in L2 is made larger to make up for what the box clips
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
        // of a point this far away, the nearest one in ball and box is the clipped one
        norm.project(clean, noise, offset, length, epsilon);
    }

    /**
     * Enlarges the factor of the noise until the clipped noise is of size epsilon, or all of it is clipped.
     *
     * <p>With the same pixels clipped, the factor that the others need is known; it may clip more of them, which makes it
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
            // a change in the last bits clips no more; infinity and NaN mean that nothing is free
            if (free == 0 || !(needed > factor * (1 + 1e-12))) {
                return factor;
            }
            factor = needed;
        }
    }
}

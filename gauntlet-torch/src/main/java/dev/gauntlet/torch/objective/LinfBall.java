package dev.gauntlet.torch.objective;

import dev.gauntlet.data.Batch;
import dev.gauntlet.model.Gradient;
import dev.gauntlet.threat.Draw;
import java.util.SplittableRandom;
import java.util.function.Function;

/**
 * The images that an adversary may choose from: a ball in L-infinity around each clean image.
 *
 * @param clean the clean images
 * @param epsilon the radius
 */
record LinfBall(float[] clean, double epsilon) {
    /** Draws a point in the ball for each example; it may be outside [0,1]. */
    float[] uniform(TrainingStep step) {
        float[] x = clean.clone();
        int length = step.clean().shape().size();
        for (int row = 0; row < step.clean().size(); row++) {
            SplittableRandom random = step.randomness(row).with("start").generator();
            for (int i = row * length; i < (row + 1) * length; i++) {
                x[i] += (float) (epsilon * (2 * random.nextDouble() - 1));
            }
        }
        return x;
    }

    /** Draws a point near each clean image, from a normal distribution. */
    float[] normal(TrainingStep step, double deviation) {
        float[] x = clean.clone();
        int length = step.clean().shape().size();
        double[] noise = new double[length];
        for (int row = 0; row < step.clean().size(); row++) {
            // the JDK's normal numbers depend on its version
            Draw.normal(step.randomness(row).with("noise").generator(), noise);
            for (int i = 0; i < length; i++) {
                x[row * length + i] += (float) (deviation * noise[i]);
            }
        }
        return x;
    }

    /**
     * Makes several steps along the sign of the gradient, each to the nearest point in the ball and in [0,1].
     *
     * @param batch the clean images
     * @param start the points where the search begins
     * @param steps the number of steps
     * @param size the length of a step
     * @param gradient computes the gradient of what the adversary maximizes
     */
    float[] climb(Batch batch, float[] start, int steps, double size, Function<Batch, Gradient> gradient) {
        float[] x = start;
        for (int i = 0; i < steps; i++) {
            x = step(x, gradient.apply(batch.withPixels(x)).pixels(), size);
        }
        return x;
    }

    /** Makes a step along the sign of the gradient and returns the nearest point in the ball and in [0,1]. */
    float[] step(float[] x, float[] gradient, double size) {
        float[] next = new float[x.length];
        float length = (float) size;
        for (int i = 0; i < x.length; i++) {
            next[i] = x[i] + length * Math.signum(gradient[i]);
        }
        project(next);
        return next;
    }

    /** Replaces points by the nearest ones in the ball and in [0,1]. */
    void project(float[] x) {
        float radius = (float) epsilon;
        for (int i = 0; i < x.length; i++) {
            float change = Math.min(radius, Math.max(-radius, x[i] - clean[i]));
            x[i] = Math.min(1, Math.max(0, clean[i] + change));
        }
    }
}

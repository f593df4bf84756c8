package dev.gauntlet.torch;

import dev.gauntlet.data.Batch;

/** The bounds through which weights are trained. */
public final class TrainingBounds {
    private TrainingBounds() {}

    /**
     * Bounds how much higher each logit can be than that of the true class within a ball in L-infinity.
     *
     * @param model the network
     * @param batch images with their true labels
     * @param radius the radius of the ball
     * @param linear whether to bound by linear functions over intervals (CROWN-IBP) instead of intervals alone
     * @return a row per image, with 0 for the true class
     */
    public static float[] worstLogits(NetworkClassifier model, Batch batch, float radius, boolean linear) {
        float[] lower = batch.pixels().clone();
        float[] upper = batch.pixels().clone();
        for (int i = 0; i < lower.length; i++) {
            lower[i] -= radius;
            upper[i] += radius;
        }
        return model.worstLogits(batch, lower, upper, linear ? 1 : 0).values();
    }
}

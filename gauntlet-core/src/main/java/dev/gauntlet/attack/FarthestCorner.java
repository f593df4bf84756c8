package dev.gauntlet.attack;

import dev.gauntlet.data.Batch;
import dev.gauntlet.threat.Norm;

/** The corner of the box [0,1] that is farthest from each example. */
final class FarthestCorner {
    private FarthestCorner() {}

    /** Computes for each example the largest distance of any image. */
    static double[] distances(Norm norm, Batch clean) {
        int length = clean.shape().size();
        float[] change = new float[clean.pixels().length];
        for (int i = 0; i < change.length; i++) {
            change[i] = Math.max(clean.pixels()[i], 1 - clean.pixels()[i]);
        }
        double[] distances = new double[clean.size()];
        for (int row = 0; row < distances.length; row++) {
            distances[row] = norm.size(change, row * length, length);
        }
        return distances;
    }
}

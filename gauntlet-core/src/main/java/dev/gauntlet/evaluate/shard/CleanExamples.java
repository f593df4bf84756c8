package dev.gauntlet.evaluate.shard;

import dev.gauntlet.GauntletException;
import dev.gauntlet.data.Batch;
import dev.gauntlet.data.Dataset;

/**
 * The examples of a data set as attacks get them: with pixels in [0,1].
 *
 * @param data the data set
 */
public record CleanExamples(Dataset data) {
    /** Rounding in the scaling of the data may move a pixel this far outside [0,1]. */
    static final float RANGE_TOLERANCE = 1e-6f;

    /**
     * Returns some of the examples, without the rounding that would keep an attack that clamps to [0,1] from leaving an
     * image alone at epsilon 0.
     *
     * @param ids their numbers
     * @return the examples
     * @throws GauntletException if a pixel is outside [0,1]
     */
    public Batch batch(int... ids) {
        Batch clean = data.batch(ids);
        if (firstOutside(clean.pixels(), 0) < 0) {
            return clean;
        }
        int outside = firstOutside(clean.pixels(), RANGE_TOLERANCE);
        if (outside >= 0) {
            throw new GauntletException(
                    "Example %d of %s has a pixel of %s, outside [0,1]; if the data was normalised, undo it and make mean and std a layer of the model."
                            .formatted(
                                    clean.ids()[outside / clean.shape().size()],
                                    data.origin().name(),
                                    clean.pixels()[outside]));
        }
        float[] clamped = new float[clean.pixels().length];
        for (int i = 0; i < clamped.length; i++) {
            clamped[i] = Math.max(0f, Math.min(1f, clean.pixels()[i]));
        }
        return clean.withPixels(clamped);
    }

    /** Finds the first pixel outside [0,1], counting NaN as outside; -1 if there is none. */
    private static int firstOutside(float[] pixels, float tolerance) {
        for (int i = 0; i < pixels.length; i++) {
            if (!(pixels[i] >= -tolerance && pixels[i] <= 1 + tolerance)) {
                return i;
            }
        }
        return -1;
    }
}

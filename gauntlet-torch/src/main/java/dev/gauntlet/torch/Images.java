package dev.gauntlet.torch;

import dev.gauntlet.RandomKey;
import dev.gauntlet.data.Batch;

/** Images for trying an externally trained model. */
public final class Images {
    private Images() {}

    /**
     * Creates random images with the shape of a sample.
     *
     * @param sample the sample
     * @return the same number of images, always the same ones, with the ids and labels of the sample
     */
    public static Batch random(Batch sample) {
        float[] pixels = new float[sample.pixels().length];
        for (int row = 0; row < sample.size(); row++) {
            var generator = RandomKey.of(0).with("cross-check").with(row).generator();
            int length = sample.shape().size();
            for (int i = 0; i < length; i++) {
                pixels[row * length + i] = generator.nextFloat();
            }
        }
        return sample.withPixels(pixels);
    }
}

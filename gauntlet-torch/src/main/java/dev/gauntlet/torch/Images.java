package dev.gauntlet.torch;

import dev.gauntlet.RandomKey;
import dev.gauntlet.data.Batch;

/** Images on which a model is tried that came from elsewhere. */
public final class Images {
    private Images() {}

    /**
     * Makes images of the shape of others whose pixels are random.
     *
     * @param sample the others
     * @return as many images, always the same, with the ids and labels of the sample
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

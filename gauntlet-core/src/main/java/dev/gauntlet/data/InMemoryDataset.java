package dev.gauntlet.data;

import dev.gauntlet.GauntletException;
import java.util.List;
import java.util.Objects;

/**
 * A data set of 8-bit images held in memory; a byte {@code b} is the pixel {@code b / 255}.
 */
public final class InMemoryDataset implements Dataset {
    private static final float[] RAW_UNITS = rawUnits();

    private final DataOrigin origin;
    private final ImageShape shape;
    private final List<String> classes;
    private final byte[] labels;
    private final byte[] pixels;

    /**
     * Creates the data set; the arrays are not copied.
     *
     * @param origin where the data came from
     * @param shape the shape of one example
     * @param classes the class names, at most 256
     * @param labels the label of each example
     * @param pixels the examples one after the other, each as channels, rows, columns
     * @throws GauntletException if the numbers of images and labels differ, or a label has no class
     */
    public InMemoryDataset(DataOrigin origin, ImageShape shape, List<String> classes, byte[] labels, byte[] pixels) {
        if ((long) labels.length * shape.size() != pixels.length) {
            throw new GauntletException(
                    "%s %s: %d labels of images of %s need %d pixels, got %d; take images and labels from the same release."
                            .formatted(
                                    origin.name(),
                                    origin.split(),
                                    labels.length,
                                    shape,
                                    (long) labels.length * shape.size(),
                                    pixels.length));
        }
        for (int id = 0; id < labels.length; id++) {
            if ((labels[id] & 0xff) >= classes.size()) {
                throw new GauntletException("%s %s: example %d has label %d, but there are only %d classes."
                        .formatted(origin.name(), origin.split(), id, labels[id] & 0xff, classes.size()));
            }
        }
        this.origin = origin;
        this.shape = shape;
        this.classes = List.copyOf(classes);
        this.labels = labels;
        this.pixels = pixels;
    }

    @Override
    public DataOrigin origin() {
        return origin;
    }

    @Override
    public ImageShape shape() {
        return shape;
    }

    @Override
    public List<String> classes() {
        return classes;
    }

    @Override
    public int size() {
        return labels.length;
    }

    @Override
    public int label(int id) {
        return labels[id] & 0xff;
    }

    @Override
    public void copyPixels(int id, float[] target, int offset) {
        int length = shape.size();
        // an id beyond the end could overflow to the pixels of another example
        int start = Objects.checkIndex(id, labels.length) * length;
        for (int i = 0; i < length; i++) {
            target[offset + i] = RAW_UNITS[pixels[start + i] & 0xff];
        }
    }

    private static float[] rawUnits() {
        float[] units = new float[256];
        for (int i = 0; i < 256; i++) {
            units[i] = i / 255f;
        }
        return units;
    }
}

package dev.gauntlet.testkit;

import dev.gauntlet.data.Batch;
import dev.gauntlet.data.DataOrigin;
import dev.gauntlet.data.Dataset;
import dev.gauntlet.data.ImageShape;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * A data set of arbitrary pixels, including invalid ones.
 *
 * @param shape the shape of one example
 * @param classes the names of the classes
 * @param labels the label of each example
 * @param pixels the examples one after the other
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record ArrayDataset(ImageShape shape, List<String> classes, int[] labels, float[] pixels) implements Dataset {
    /**
     * Creates a data set whose examples are rows of pixels.
     *
     * @param classes the number of classes
     * @param labels the label of each example
     * @param rows the pixels of each example
     * @return the data set
     */
    public static ArrayDataset of(int classes, int[] labels, float[]... rows) {
        int length = rows.length == 0 ? 1 : rows[0].length;
        float[] pixels = new float[rows.length * length];
        for (int i = 0; i < rows.length; i++) {
            System.arraycopy(rows[i], 0, pixels, i * length, length);
        }
        return new ArrayDataset(
                new ImageShape(1, 1, length),
                IntStream.range(0, classes).mapToObj(k -> "class " + k).toList(),
                labels,
                pixels);
    }

    /**
     * Returns all examples.
     *
     * @return the examples in order
     */
    public Batch all() {
        return batch(IntStream.range(0, size()).toArray());
    }

    @Override
    public DataOrigin origin() {
        return new DataOrigin("arrays", "test", "a test", Map.of(), Optional.empty());
    }

    @Override
    public int size() {
        return labels.length;
    }

    @Override
    public int label(int id) {
        return labels[id];
    }

    @Override
    public void copyPixels(int id, float[] target, int offset) {
        System.arraycopy(pixels, id * shape.size(), target, offset, shape.size());
    }
}

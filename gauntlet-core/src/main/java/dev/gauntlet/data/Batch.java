package dev.gauntlet.data;

import dev.gauntlet.GauntletException;
import java.util.Arrays;

/**
 * Some examples of a data set, ready for a model.
 *
 * <p>The arrays are not copied: the creator of a batch must not modify them while a model is being queried, and readers
 * must never modify them. A model keeps no reference to a batch, so an attack may reuse the arrays for its next query.
 *
 * @param shape the shape of one example
 * @param ids the number of each example in its data set
 * @param labels the true class of each example, counted from 0
 * @param pixels the examples one after the other, each as channels, rows, columns (NCHW), in [0,1]
 */
public record Batch(ImageShape shape, int[] ids, int[] labels, float[] pixels) {
    public Batch {
        if (ids.length != labels.length || (long) ids.length * shape.size() != pixels.length) {
            throw new GauntletException(
                    "A batch of %s images has %d ids, %d labels and %d pixels, which are inconsistent."
                            .formatted(shape, ids.length, labels.length, pixels.length));
        }
    }

    /**
     * Returns the number of examples.
     *
     * @return the number of examples, possibly 0
     */
    public int size() {
        return ids.length;
    }

    /**
     * Returns the smallest number of classes that includes all labels.
     *
     * @return the number, at least 2
     */
    public int classes() {
        return Math.max(2, 1 + Arrays.stream(labels).max().orElse(0));
    }

    /**
     * Returns some of the examples.
     *
     * @param rows their rows, in the order of the result
     * @return the new batch
     */
    public Batch select(int[] rows) {
        int length = shape.size();
        int[] selectedIds = new int[rows.length];
        int[] selectedLabels = new int[rows.length];
        float[] selectedPixels = new float[rows.length * length];
        for (int i = 0; i < rows.length; i++) {
            selectedIds[i] = ids[rows[i]];
            selectedLabels[i] = labels[rows[i]];
            System.arraycopy(pixels, rows[i] * length, selectedPixels, i * length, length);
        }
        return new Batch(shape, selectedIds, selectedLabels, selectedPixels);
    }

    /**
     * Returns the same examples with other pixels, such as those of an attack.
     *
     * @param otherPixels pixels in the layout of {@link #pixels()}
     * @return the new batch
     */
    public Batch withPixels(float[] otherPixels) {
        return new Batch(shape, ids, labels, otherPixels);
    }
}

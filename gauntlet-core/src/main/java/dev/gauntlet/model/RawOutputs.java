package dev.gauntlet.model;

import dev.gauntlet.GauntletException;
import java.util.Arrays;

/**
 * The raw outputs of a model for some images.
 *
 * @param perExample the number of outputs per image, at least 1 unless there are no images
 * @param values the numbers, one image after the other
 * @param integers whether the model declares them as integers
 */
public record RawOutputs(int perExample, float[] values, boolean integers) {
    public RawOutputs {
        if (perExample < 1 && values.length > 0) {
            throw new GauntletException("A model must return at least 1 number per image, got " + perExample + ".");
        }
    }

    /**
     * Returns the number of images.
     *
     * @return the number of rows
     */
    public int size() {
        return values.length == 0 ? 0 : values.length / perExample;
    }

    /**
     * Returns these outputs followed by others of the same model.
     *
     * @param others the others
     * @return all of them
     */
    public RawOutputs and(RawOutputs others) {
        float[] all = Arrays.copyOf(values, values.length + others.values.length);
        System.arraycopy(others.values, 0, all, values.length, others.values.length);
        return new RawOutputs(Math.max(perExample, others.perExample), all, integers);
    }
}

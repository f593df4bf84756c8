package dev.gauntlet.data;

import dev.gauntlet.GauntletException;
import java.util.List;

/** Numbered, labelled examples that can be read in any order and by several threads at once. */
public interface Dataset {
    /**
     * Describes this data and where it was found.
     *
     * @return the origin for the record of a run
     */
    DataOrigin origin();

    /**
     * Returns the shape that all examples share.
     *
     * @return the shape of one example
     */
    ImageShape shape();

    /**
     * Returns the class names; the name of label {@code k} is at index {@code k}.
     *
     * @return the class names
     */
    List<String> classes();

    /**
     * Tells whether the class numbers were only assumed, from the alphabetical order of the names.
     *
     * @return true if neither the data nor the user defined the numbers
     */
    default boolean numbersAssumed() {
        return false;
    }

    /**
     * Returns the same examples with as many classes as a model has outputs: labels keep their numbers, and the name of
     * an unnamed class is its number.
     *
     * @param model the name of the model, for errors
     * @param outputs the number of the model's outputs
     * @return this data set if it has as many classes; otherwise a data set whose origin has a notice
     * @throws GauntletException if there are more classes than outputs, or fewer and their numbers are only assumed
     */
    default Dataset forOutputs(String model, int outputs) {
        return WiderDataset.of(this, model, outputs);
    }

    /**
     * Returns the number of examples.
     *
     * @return the number of examples
     */
    int size();

    /**
     * Returns the true class of an example.
     *
     * @param id the number of the example, from 0 to {@code size() - 1}
     * @return the label, from 0 to {@code classes().size() - 1}
     */
    int label(int id);

    /**
     * Writes the raw pixels of an example, in [0,1] and in the order channels, rows, columns.
     *
     * @param id the number of the example, from 0 to {@code size() - 1}
     * @param target receives the pixels
     * @param offset the index in {@code target} of the first pixel
     */
    void copyPixels(int id, float[] target, int offset);

    /**
     * Returns the same examples as images of a shape, if they are rows of numbers, as in a CSV file.
     *
     * @param shape the shape of an image
     * @param order the order of the numbers in a row
     * @return the examples; this data set if it already has the shape
     * @throws GauntletException if an example has another number of pixels, or is an image of another shape
     */
    default Dataset laidOut(ImageShape shape, Layout order) {
        return LaidOutDataset.of(this, shape, order);
    }

    /**
     * Returns the same examples with a notice in their origin.
     *
     * @param notice what a reader of results must know about how they were read, as a sentence
     * @return the examples
     */
    default Dataset noting(String notice) {
        return new DatasetView(this, notice);
    }

    /**
     * Reads the examples with the given numbers, in the given order.
     *
     * @param ids the numbers of the examples
     * @return the batch
     */
    default Batch batch(int... ids) {
        int pixelsPerExample = shape().size();
        int[] labels = new int[ids.length];
        float[] pixels = new float[Math.multiplyExact(ids.length, pixelsPerExample)];
        for (int i = 0; i < ids.length; i++) {
            labels[i] = label(ids[i]);
            copyPixels(ids[i], pixels, i * pixelsPerExample);
        }
        return new Batch(shape(), ids.clone(), labels, pixels);
    }
}

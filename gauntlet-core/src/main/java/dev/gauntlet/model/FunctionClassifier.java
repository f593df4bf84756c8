package dev.gauntlet.model;

import dev.gauntlet.GauntletException;
import dev.gauntlet.data.Batch;
import dev.gauntlet.data.Layout;

/**
 * A model given as a Java function: anything that computes outputs for images can be attacked as a black box.
 *
 * <p>Cost: one call of the function for each batch.
 *
 * <p>Example: {@code new FunctionClassifier("mine", InputSpec.RAW, images -> engine.scores(images))}.
 */
public final class FunctionClassifier implements Classifier {
    private final InputSpec contract;
    private final Function function;
    private final ModelCard card;

    /** Computes the outputs for a batch of images. */
    @FunctionalInterface
    public interface Function {
        /**
         * Computes the outputs. It may be called by several threads at once and must be deterministic.
         *
         * @param images one row per image, preprocessed as the contract says, channels before rows unless it says NHWC
         * @return one row per image, with the logit of each class
         */
        float[][] logits(float[][] images);
    }

    /**
     * Creates a model from a function.
     *
     * @param name the name of the model in reports
     * @param contract the preprocessing that the function expects
     * @param function the function
     */
    public FunctionClassifier(String name, InputSpec contract, Function function) {
        this.contract = contract;
        this.function = function;
        this.card = new ModelCard(name, "a function", "Java", contract);
    }

    @Override
    public ModelCard card() {
        return card;
    }

    /**
     * Computes the logits of each example.
     *
     * @throws GauntletException if the number of rows differs from the number of images, or the rows have different
     *     lengths
     */
    @Override
    public Logits logits(Batch batch) {
        float[] given = contract.apply(batch, contract.layout().orElse(Layout.NCHW));
        int length = batch.shape().size();
        float[][] images = new float[batch.size()][length];
        for (int row = 0; row < images.length; row++) {
            System.arraycopy(given, row * length, images[row], 0, length);
        }
        float[][] rows = function.logits(images);
        if (rows.length != batch.size()) {
            throw new GauntletException("The model %s returned %d rows of logits for %d images."
                    .formatted(card.name(), rows.length, batch.size()));
        }
        int classes = rows.length == 0 ? 2 : rows[0].length;
        float[] values = new float[Math.multiplyExact(rows.length, classes)];
        for (int row = 0; row < rows.length; row++) {
            if (rows[row].length != classes) {
                throw new GauntletException("The model %s returned %d logits for one image and %d for another."
                        .formatted(card.name(), classes, rows[row].length));
            }
            System.arraycopy(rows[row], 0, values, row * classes, classes);
        }
        return new Logits(classes, values);
    }

    @Override
    public void close() {
        // the resources of the function belong to the caller
    }
}

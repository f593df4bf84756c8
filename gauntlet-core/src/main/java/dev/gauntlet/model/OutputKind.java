package dev.gauntlet.model;

import java.util.Optional;

/** What the numbers are that a model gives for an image, which no file says. */
public enum OutputKind {
    /** Any numbers; the largest is the predicted class. */
    LOGITS {
        @Override
        public float[] logits(float[] outputs) {
            return outputs;
        }

        @Override
        public Optional<String> notice() {
            return Optional.empty();
        }
    },
    /** Numbers of [0,1] that add up to 1, whose logarithms are logits. */
    PROBABILITIES {
        @Override
        public float[] logits(float[] outputs) {
            float[] logits = new float[outputs.length];
            for (int i = 0; i < logits.length; i++) {
                // a probability that was rounded to 0 was smaller than the smallest number
                logits[i] = (float) Math.log(Math.max(outputs[i], Float.MIN_VALUE));
            }
            return logits;
        }

        @Override
        public Optional<String> notice() {
            return Optional.of(
                    "The model gives probabilities; their logarithms are taken for the logits, but where a probability is rounded to 0 or 1 an attack sees nothing: export the model without its softmax.");
        }
    };

    /** How far the sum of the probabilities of an image may be from 1. */
    private static final double TOLERANCE = 1e-3;

    /**
     * Makes logits of outputs.
     *
     * @param outputs what the model gives
     * @return the logits
     */
    public abstract float[] logits(float[] outputs);

    /**
     * Says what a reader must know, if anything.
     *
     * @return the notice
     */
    public abstract Optional<String> notice();

    /**
     * Tells probabilities by their values: none is negative, and those of each image add up to 1.
     *
     * @param classes how many numbers there are for each image
     * @param outputs the numbers, one image after the other
     * @return the kind
     */
    public static OutputKind of(int classes, float[] outputs) {
        if (outputs.length == 0) {
            return LOGITS;
        }
        for (int row = 0; row < outputs.length / classes; row++) {
            double sum = 0;
            for (int k = 0; k < classes; k++) {
                float value = outputs[row * classes + k];
                if (!(value >= 0 && value <= 1)) {
                    return LOGITS;
                }
                sum += value;
            }
            if (Math.abs(sum - 1) > TOLERANCE) {
                return LOGITS;
            }
        }
        return PROBABILITIES;
    }
}

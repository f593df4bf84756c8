package dev.gauntlet.explore;

import dev.gauntlet.GauntletException;
import dev.gauntlet.data.Batch;
import dev.gauntlet.model.Classifier;
import dev.gauntlet.model.Logits;

/**
 * What a model says to one image.
 *
 * @param prediction the predicted class
 * @param confidences the softmax of the logits, one share for each class
 * @param logits the logits
 */
record Answer(int prediction, double[] confidences, float[] logits) {
    /** Asks a model about one image. */
    static Answer of(Classifier model, Batch image) {
        Logits logits = model.logits(image);
        if (!logits.isFinite(0)) {
            throw new GauntletException("The model %s gave a logit that is NaN or infinite; check its weights."
                    .formatted(model.card().name()));
        }
        return of(logits, 0);
    }

    static Answer of(Logits logits, int row) {
        int classes = logits.classes();
        float[] values = new float[classes];
        System.arraycopy(logits.values(), row * classes, values, 0, classes);
        int prediction = logits.prediction(row);
        double[] confidences = new double[classes];
        double sum = 0;
        for (int k = 0; k < classes; k++) {
            confidences[k] = Math.exp((double) values[k] - values[prediction]);
            sum += confidences[k];
        }
        for (int k = 0; k < classes; k++) {
            confidences[k] /= sum;
        }
        return new Answer(prediction, confidences, values);
    }
}

package dev.gauntlet.torch.objective;

import dev.gauntlet.loss.CrossEntropy;
import dev.gauntlet.model.Logits;
import dev.gauntlet.torch.objective.TrainingObjective.Measurement;

/** Means over the examples of a step. */
final class BatchLoss {
    private static final CrossEntropy CROSS_ENTROPY = new CrossEntropy();

    private BatchLoss() {}

    /** Minimizes the mean cross-entropy with the true labels, times a weight; at weight 1 with the very digits of it. */
    static Measurement crossEntropy(TrainingStep step, TrainingStep.Pass pass, double weight) {
        Logits logits = pass.logits();
        float[] derivative = new float[logits.values().length];
        double loss = 0;
        for (int row = 0; row < logits.size(); row++) {
            loss += CROSS_ENTROPY.valueAndDerivative(
                    logits.values(),
                    row * logits.classes(),
                    logits.classes(),
                    step.clean().labels()[row],
                    derivative);
        }
        pass.descend(mean(derivative, weight, logits.size()));
        return new Measurement(weight * loss, correct(step, logits));
    }

    /** Divides the derivative of a sum, times a weight, by the number of examples. */
    static float[] mean(float[] derivative, double weight, int examples) {
        for (int i = 0; i < derivative.length; i++) {
            derivative[i] = (float) weight * derivative[i] / examples;
        }
        return derivative;
    }

    static int correct(TrainingStep step, Logits logits) {
        int correct = 0;
        for (int row = 0; row < logits.size(); row++) {
            if (logits.prediction(row) == step.clean().labels()[row]) {
                correct++;
            }
        }
        return correct;
    }
}

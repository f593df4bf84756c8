package dev.gauntlet.verification;

import dev.gauntlet.loss.CrossEntropy;
import dev.gauntlet.loss.Loss;

/**
 * The cross-entropy with the derivative that PyTorch computes in 32-bit floats: {@code exp(log p) - 1} for the true
 * class.
 *
 * <p>Where the network is sure, {@code p} rounds to 1 and the derivative by the true logit to 0, so FGSM no longer lowers
 * it. {@link CrossEntropy} keeps that term; to compare engines, both must make the same mistake.
 */
record FloatCrossEntropy() implements Loss {
    @Override
    public String name() {
        return "cross-entropy in floats";
    }

    @Override
    public double value(float[] logits, int offset, int classes, int label) {
        return new CrossEntropy().value(logits, offset, classes, label);
    }

    @Override
    public double valueAndDerivative(float[] logits, int offset, int classes, int label, float[] derivative) {
        float largest = Float.NEGATIVE_INFINITY;
        for (int k = 0; k < classes; k++) {
            largest = Math.max(largest, logits[offset + k]);
        }
        float sum = 0;
        for (int k = 0; k < classes; k++) {
            sum += (float) Math.exp(logits[offset + k] - largest);
        }
        float logOfSum = (float) Math.log(sum);
        for (int k = 0; k < classes; k++) {
            float probability = (float) Math.exp(logits[offset + k] - largest - logOfSum);
            derivative[offset + k] = k == label ? probability - 1 : probability;
        }
        return value(logits, offset, classes, label);
    }
}

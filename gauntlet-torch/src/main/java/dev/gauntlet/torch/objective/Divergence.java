package dev.gauntlet.torch.objective;

import dev.gauntlet.loss.Loss;

/**
 * The Kullback-Leibler divergence of the softmax from a fixed distribution, such as that of the clean image.
 *
 * @param reference the fixed distribution
 */
record Divergence(Softmax reference) implements Loss {
    @Override
    public String name() {
        return "kullback-leibler";
    }

    @Override
    public double value(float[] logits, int offset, int classes, int label) {
        return reference.divergence(Softmax.of(logits, offset, classes));
    }

    @Override
    public double valueAndDerivative(float[] logits, int offset, int classes, int label, float[] derivative) {
        Softmax attacked = Softmax.of(logits, offset, classes);
        for (int k = 0; k < classes; k++) {
            derivative[offset + k] =
                    (float) (attacked.probabilities()[k] - reference.probabilities()[k]);
        }
        return reference.divergence(attacked);
    }
}

package dev.gauntlet.loss;

/**
 * The cross-entropy of the softmax with the true label: {@code log(sum_k exp(z_k)) - z_y}, at least 0.
 *
 * <p>The derivative by the true logit is the negated sum of the other probabilities, not {@code p_y - 1}: the latter is
 * exactly 0 for a confident network, which then looks robust without being so.
 */
public record CrossEntropy() implements Loss {
    @Override
    public String name() {
        return "cross-entropy";
    }

    @Override
    public double valueAndDerivative(float[] logits, int offset, int classes, int label, float[] derivative) {
        double largest = Double.NEGATIVE_INFINITY;
        for (int k = 0; k < classes; k++) {
            largest = Math.max(largest, logits[offset + k]);
        }
        double sumOfOthers = 0;
        double sum = 0;
        for (int k = 0; k < classes; k++) {
            double weight = Math.exp(logits[offset + k] - largest);
            sum += weight;
            if (k != label) {
                sumOfOthers += weight;
            }
        }
        for (int k = 0; k < classes; k++) {
            double weight = k == label ? -sumOfOthers : Math.exp(logits[offset + k] - largest);
            derivative[offset + k] = (float) (weight / sum);
        }
        double ofLabel = logits[offset + label];
        // log1p keeps the tail of a confident prediction, which log(1 + tiny) would round to 0
        return ofLabel == largest ? Math.log1p(sumOfOthers) : Math.log(sum) + largest - ofLabel;
    }
}

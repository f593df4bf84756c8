package dev.gauntlet.loss;

/**
 * The cross-entropy of the softmax with the true label: {@code log(sum_k exp(z_k)) - z_y}, at least 0.
 *
 * <p>The derivative with respect to the true logit is computed as the negated sum of the other probabilities, not as
 * {@code p_y - 1}, which rounds to exactly 0 for a confident network and makes it look robust.
 */
public record CrossEntropy() implements Loss {
    @Override
    public String name() {
        return "cross-entropy";
    }

    @Override
    public double value(float[] logits, int offset, int classes, int label) {
        double largest = largest(logits, offset, classes);
        double others = sumOfOthers(logits, offset, classes, label, largest);
        double ofLabel = logits[offset + label] - largest;
        // log1p keeps the loss of a confident prediction, which log(1 + tiny) would round to 0
        return ofLabel == 0 ? Math.log1p(others) : Math.log(others + Math.exp(ofLabel)) - ofLabel;
    }

    @Override
    public double valueAndDerivative(float[] logits, int offset, int classes, int label, float[] derivative) {
        double largest = largest(logits, offset, classes);
        double others = sumOfOthers(logits, offset, classes, label, largest);
        double sum = others + Math.exp(logits[offset + label] - largest);
        for (int k = 0; k < classes; k++) {
            double weight = k == label ? -others : Math.exp(logits[offset + k] - largest);
            derivative[offset + k] = (float) (weight / sum);
        }
        return value(logits, offset, classes, label);
    }

    private static double largest(float[] logits, int offset, int classes) {
        double largest = Double.NEGATIVE_INFINITY;
        for (int k = 0; k < classes; k++) {
            largest = Math.max(largest, logits[offset + k]);
        }
        return largest;
    }

    private static double sumOfOthers(float[] logits, int offset, int classes, int label, double largest) {
        double sum = 0;
        for (int k = 0; k < classes; k++) {
            if (k != label) {
                sum += Math.exp(logits[offset + k] - largest);
            }
        }
        return sum;
    }
}

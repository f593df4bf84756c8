package dev.gauntlet.loss;

import java.util.Arrays;

/**
 * The margin of the most likely other class over the true class: {@code max_{k != y} z_k - z_y}.
 *
 * <p>Carlini and Wagner, "Towards Evaluating the Robustness of Neural Networks", IEEE S&amp;P 2017, <a
 * href="https://arxiv.org/abs/1608.04644">arXiv:1608.04644</a>, section V-A: the objective function f6, without its
 * lower bound.
 *
 * <p>The example is misclassified if it is above 0 and classified correctly if it is below 0; at exactly 0 two classes
 * tie, and the lower one is predicted. The derivative is 1 for the other logit and -1 for the true one, however
 * confident the model is; if other classes tie, the lowest of them counts.
 *
 * <p>Towards a target t it is {@code z_t - max_{k != t} z_k}.
 */
public record Margin() implements Loss {
    @Override
    public String name() {
        return "margin";
    }

    @Override
    public double value(float[] logits, int offset, int classes, int label) {
        int other = Ranking.largestExcept(label, logits, offset, classes);
        return (double) logits[offset + other] - logits[offset + label];
    }

    @Override
    public double valueAndDerivative(float[] logits, int offset, int classes, int label, float[] derivative) {
        int other = Ranking.largestExcept(label, logits, offset, classes);
        Arrays.fill(derivative, offset, offset + classes, 0);
        derivative[offset + other] = 1;
        derivative[offset + label] = -1;
        return (double) logits[offset + other] - logits[offset + label];
    }
}

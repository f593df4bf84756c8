package dev.gauntlet.loss;

import java.util.Arrays;

/**
 * The difference between the logit of one class and that of the true one: {@code z_other - z_y}.
 *
 * <p>It is 0 on the decision boundary between the two classes: DeepFool and FAB step along its gradient to this
 * boundary, and targeted attacks maximize it. For an example whose true class is the other class, it and its derivative
 * are 0 everywhere.
 *
 * <p>The targeted loss uses the target's logit in place of the other class's.
 *
 * <p>Example: {@code new LogitDifference(3)}. A class that the model does not have is refused with a {@link
 * dev.gauntlet.GauntletException}.
 *
 * @param other the class whose logit is compared with the true class's, from 0 to K-1
 */
public record LogitDifference(int other) implements Loss {
    public LogitDifference {
        ClassIndex.requireNotNegative(other);
    }

    @Override
    public String name() {
        return "logit-difference-%d".formatted(other);
    }

    @Override
    public double value(float[] logits, int offset, int classes, int label) {
        ClassIndex.requireBelow(classes, other);
        return (double) logits[offset + other] - logits[offset + label];
    }

    @Override
    public double valueAndDerivative(float[] logits, int offset, int classes, int label, float[] derivative) {
        double value = value(logits, offset, classes, label);
        Arrays.fill(derivative, offset, offset + classes, 0);
        derivative[offset + other] += 1;
        derivative[offset + label] -= 1;
        return value;
    }

    @Override
    public Loss towards(int target) {
        return new LogitDifference(target);
    }
}

package dev.gauntlet.loss;

import java.util.Arrays;

/**
 * The difference between the logit of one class and that of the true one: {@code z_other - z_y}.
 *
 * <p>It is 0 where the two classes cross: DeepFool and FAB step along its gradient to that boundary, and targeted
 * attacks push it up. For an example whose true class is the other class it is 0 everywhere, and so is its derivative.
 *
 * <p>Towards a target it is the difference with the target's logit in place of the other's.
 *
 * <p>Example: {@code new LogitDifference(3)}. A class that the model does not have is refused with a
 * {@link dev.gauntlet.GauntletException}.
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

package dev.gauntlet.loss;

import java.util.Arrays;

/**
 * The logit of a fixed class, independent of the true class: {@code z_index}.
 *
 * <p>Its gradients for all classes are the rows of the Jacobian of the model, as saliency map attacks need them.
 *
 * <p>Towards a target it is the target's logit.
 *
 * <p>Example: {@code new Logit(3)}. A class that the model does not have is refused with a {@link
 * dev.gauntlet.GauntletException}.
 *
 * @param index the class, from 0 to K-1
 */
public record Logit(int index) implements Loss {
    public Logit {
        ClassIndex.requireNotNegative(index);
    }

    @Override
    public String name() {
        return "logit-%d".formatted(index);
    }

    @Override
    public double value(float[] logits, int offset, int classes, int label) {
        ClassIndex.requireBelow(classes, index);
        return logits[offset + index];
    }

    @Override
    public double valueAndDerivative(float[] logits, int offset, int classes, int label, float[] derivative) {
        double value = value(logits, offset, classes, label);
        Arrays.fill(derivative, offset, offset + classes, 0);
        derivative[offset + index] = 1;
        return value;
    }

    @Override
    public Loss towards(int target) {
        return new Logit(target);
    }
}

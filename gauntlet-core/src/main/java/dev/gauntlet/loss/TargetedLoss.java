package dev.gauntlet.loss;

/**
 * A negated loss with the target in place of the true class.
 *
 * @param loss the loss of the target class
 * @param target the target class
 */
record TargetedLoss(Loss loss, int target) implements Loss {
    TargetedLoss {
        ClassIndex.requireNotNegative(target);
    }

    @Override
    public String name() {
        return "%s-towards-%d".formatted(loss.name(), target);
    }

    @Override
    public double value(float[] logits, int offset, int classes, int label) {
        ClassIndex.requireBelow(classes, target);
        return -loss.value(logits, offset, classes, target);
    }

    @Override
    public double valueAndDerivative(float[] logits, int offset, int classes, int label, float[] derivative) {
        ClassIndex.requireBelow(classes, target);
        double value = loss.valueAndDerivative(logits, offset, classes, target, derivative);
        for (int k = offset; k < offset + classes; k++) {
            derivative[k] = -derivative[k];
        }
        return -value;
    }

    @Override
    public Loss towards(int other) {
        return loss.towards(other);
    }
}

package dev.gauntlet.loss;

import dev.gauntlet.GauntletException;

/**
 * The targeted difference of logits ratio, {@code -(z_y - z_t) / (z_(1) - (z_(3) + z_(4)) / 2 + 1e-12)}; see {@link
 * Dlr}.
 *
 * @param target the target class t
 */
record TargetedDlr(int target) implements Loss {
    TargetedDlr {
        ClassIndex.requireNotNegative(target);
    }

    @Override
    public String name() {
        return "dlr-towards-%d".formatted(target);
    }

    @Override
    public double value(float[] logits, int offset, int classes, int label) {
        return ratio(logits, offset, classes, label).value(logits, offset);
    }

    @Override
    public double valueAndDerivative(float[] logits, int offset, int classes, int label, float[] derivative) {
        return ratio(logits, offset, classes, label).valueAndDerivative(logits, offset, classes, derivative);
    }

    private DlrTerm ratio(float[] logits, int offset, int classes, int label) {
        if (classes < 4) {
            throw new GauntletException(
                    "The targeted loss dlr requires at least 4 classes, but this model has %d; use the loss margin."
                            .formatted(classes));
        }
        ClassIndex.requireBelow(classes, target);
        int[] ranked = Ranking.largest(logits, offset, classes, 4);
        return new DlrTerm(target, label, ranked[0], ranked[2], ranked[3]);
    }

    @Override
    public Loss towards(int other) {
        return new TargetedDlr(other);
    }
}

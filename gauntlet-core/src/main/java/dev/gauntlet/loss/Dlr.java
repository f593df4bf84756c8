package dev.gauntlet.loss;

import dev.gauntlet.GauntletException;

/**
 * The difference of logits ratio: {@code -(z_y - max_{k != y} z_k) / (z_(1) - z_(3) + 1e-12)}, where {@code z_(i)} is
 * the i-th largest logit.
 *
 * <p>Croce and Hein, "Reliable Evaluation of Adversarial Robustness with an Ensemble of Diverse Parameter-free
 * Attacks", ICML 2020, <a href="https://arxiv.org/abs/2003.01690">arXiv:2003.01690</a>; the 1e-12 is in their code.
 *
 * <p>It has the sign of the {@link Margin} and is invariant to scaling and shifting all logits, as long as the
 * denominator is much larger than 1e-12. The derivative is exact: it includes that of the denominator. Among equal
 * logits the lower class ranks higher, and the derivative follows this order. Magnitudes are limited to the largest
 * 32-bit float.
 *
 * <p>Towards a target t it is the targeted loss of the same paper, {@code -(z_y - z_t) / (z_(1) - (z_(3) + z_(4)) / 2 +
 * 1e-12)}.
 *
 * <p>Requires at least 3 classes, or 4 towards a target: both methods throw a {@link GauntletException} for fewer. Use
 * {@link Margin} for these.
 */
public record Dlr() implements Loss {
    @Override
    public String name() {
        return "dlr";
    }

    @Override
    public double value(float[] logits, int offset, int classes, int label) {
        return ratio(logits, offset, classes, label).value(logits, offset);
    }

    @Override
    public double valueAndDerivative(float[] logits, int offset, int classes, int label, float[] derivative) {
        return ratio(logits, offset, classes, label).valueAndDerivative(logits, offset, classes, derivative);
    }

    private static DlrTerm ratio(float[] logits, int offset, int classes, int label) {
        if (classes < 3) {
            throw new GauntletException(
                    "The loss dlr requires at least 3 classes, but this model has %d; use the loss margin."
                            .formatted(classes));
        }
        int[] ranked = Ranking.largest(logits, offset, classes, 3);
        int other = ranked[0] == label ? ranked[1] : ranked[0];
        return new DlrTerm(other, label, ranked[0], ranked[2], ranked[2]);
    }

    @Override
    public Loss towards(int target) {
        return new TargetedDlr(target);
    }
}

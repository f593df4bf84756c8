package dev.gauntlet.loss;

import dev.gauntlet.GauntletException;

/**
 * The difference of logits ratio: {@code -(z_y - max_{k != y} z_k) / (z_(1) - z_(3) + 1e-12)}, where {@code z_(i)} is the
 * i-th largest logit.
 *
 * <p>Croce and Hein, "Reliable Evaluation of Adversarial Robustness with an Ensemble of Diverse Parameter-free
 * Attacks", ICML 2020, <a href="https://arxiv.org/abs/2003.01690">arXiv:2003.01690</a>; the 1e-12 is in their code.
 *
 * <p>It has the sign of the {@link Margin} and does not change when all logits are multiplied by the same number or
 * moved by it, as long as the denominator is large beside 1e-12. The derivative is exact: it includes the
 * denominator's. Of equal logits the lower class ranks higher, and the derivative is that of this order. Sizes beyond
 * the largest 32-bit float become it.
 *
 * <p>Towards a target t it is the targeted loss of the same paper,
 * {@code -(z_y - z_t) / (z_(1) - (z_(3) + z_(4)) / 2 + 1e-12)}.
 *
 * <p>Needs at least 3 classes, 4 towards a target: both methods of the loss refuse fewer with a
 * {@link GauntletException}. For these there is {@link Margin}.
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
            throw new GauntletException("The loss dlr needs at least 3 classes, this model has %d; use the loss margin."
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

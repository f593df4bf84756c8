package dev.gauntlet.attack;

import dev.gauntlet.data.Batch;
import dev.gauntlet.loss.CrossEntropy;
import dev.gauntlet.loss.Loss;
import dev.gauntlet.model.DifferentiableClassifier;
import dev.gauntlet.threat.Norm;
import java.util.Map;

/**
 * The fast gradient sign method: one step of size epsilon along the sign of the loss gradient,
 * {@code x' = clamp(x + epsilon * sign(grad_x J(theta, x, y)), 0, 1)}.
 *
 * <p>Goodfellow, Shlens and Szegedy, "Explaining and Harnessing Adversarial Examples", ICLR 2015,
 * <a href="https://arxiv.org/abs/1412.6572">arXiv:1412.6572</a>, section 4.
 *
 * <p>L-infinity, untargeted, with the true label. A pixel whose gradient is exactly 0 does not move.
 *
 * <p>Cost: one forward and one backward pass, for any number of budgets.
 *
 * <p>Example: {@code Fgsm.defaults().prepare(model, batch).within(LpBall.linf(0.1))}.
 *
 * @param loss what is increased
 */
public record Fgsm(Loss loss) implements FixedBudgetAttack<DifferentiableClassifier> {
    /**
     * Returns the method of the paper: the cross-entropy with the true label.
     *
     * @return the attack
     */
    public static Fgsm defaults() {
        return new Fgsm(new CrossEntropy());
    }

    @Override
    public String name() {
        return "fgsm";
    }

    @Override
    public Map<String, String> options() {
        return Map.of("loss", loss.name());
    }

    @Override
    public Search prepare(DifferentiableClassifier model, Batch clean) {
        float[] x = clean.pixels();
        float[] sign = new float[x.length];
        Norm.LINF.steepest(model.gradient(clean, loss).pixels(), 0, x.length, sign);
        return ball -> {
            float epsilon = (float) ball.epsilon();
            float[] adversarial = new float[x.length];
            for (int i = 0; i < x.length; i++) {
                adversarial[i] = Math.max(0f, Math.min(1f, x[i] + epsilon * sign[i]));
            }
            return adversarial;
        };
    }
}

package dev.gauntlet.attack;

import dev.gauntlet.data.Batch;
import dev.gauntlet.loss.CrossEntropy;
import dev.gauntlet.loss.Loss;
import dev.gauntlet.model.DifferentiableClassifier;
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
        float[] sign = sign(model.gradient(clean, loss).pixels());
        return ball -> {
            float epsilon = (float) ball.epsilon();
            float[] adversarial = new float[x.length];
            for (int i = 0; i < x.length; i++) {
                adversarial[i] = Math.max(0f, Math.min(1f, x[i] + epsilon * sign[i]));
            }
            return adversarial;
        };
    }

    /**
     * Computed as a clamp of the gradient scaled up until even the smallest number is beyond 1, because processors
     * clamp many numbers at once and {@code Math.signum} takes them one by one.
     */
    private static float[] sign(float[] gradient) {
        float[] sign = new float[gradient.length];
        for (int i = 0; i < gradient.length; i++) {
            sign[i] = Math.max(-1f, Math.min(1f, gradient[i] * 0x1p100f * 0x1p100f));
        }
        return sign;
    }
}

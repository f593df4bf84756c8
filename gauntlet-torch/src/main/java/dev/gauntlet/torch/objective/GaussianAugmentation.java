package dev.gauntlet.torch.objective;

import java.util.Map;

/**
 * Training on images with normal noise, for networks that are later certified by randomized smoothing.
 *
 * <p>Cohen, Rosenfeld and Kolter, "Certified Adversarial Robustness via Randomized Smoothing", ICML 2019, <a
 * href="https://arxiv.org/abs/1902.02918">arXiv:1902.02918</a>, section 3.3. The noisy images are not clipped to [0,1],
 * because smoothing does not clip them either.
 *
 * <p>Cost: that of standard training.
 *
 * <p>Example: {@code new GaussianAugmentation(0.25)}.
 *
 * @param sigma the standard deviation of the noise, from 0 to 10
 */
public record GaussianAugmentation(double sigma) implements TrainingObjective {
    private static final double LARGEST = 10;

    public GaussianAugmentation {
        Require.that(
                sigma >= 0 && sigma <= LARGEST,
                "The sigma of the noise must be from 0 to %.0f, got %s.".formatted(LARGEST, sigma));
    }

    @Override
    public String name() {
        return "noise";
    }

    @Override
    public Map<String, String> options() {
        return new ObjectiveOptions().with("sigma", sigma).asMap();
    }

    @Override
    public float[] attack(TrainingStep step) {
        return new LinfBall(step.clean().pixels(), 0).normal(step, sigma);
    }
}

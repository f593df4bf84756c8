package dev.gauntlet.torch.objective;

import java.util.Map;

/**
 * Training for certificates: the cross-entropy of the worst logits that interval arithmetic allows for any image in the
 * ball, mixed with that of the clean image.
 *
 * <p>Gowal et al., "On the Effectiveness of Interval Bound Propagation for Training Verifiably Robust Models", ICCV 2019, <a
 * href="https://arxiv.org/abs/1810.12715">arXiv:1810.12715</a>: {@code min kappa * CE(f(x), y) + (1 - kappa) * CE(worst,
 * y)}. Kappa falls from 1 to its final value while epsilon grows. The training aims at a somewhat larger epsilon, as the
 * authors' program does for MNIST.
 *
 * <p>Cost: three forward and backward passes per example.
 *
 * <p>Example: {@code IntervalBounds.within(0.3)}.
 *
 * @param epsilon the budget in L-infinity, from 0 to 1
 * @param kappa the final weight of the clean image, from 0 to 1
 * @param warmUp the share of the training before epsilon grows, from 0 to 1
 * @param ramp the share of the training in which epsilon grows, from 0 to 1
 * @param overshoot the factor by which the training exceeds epsilon, from 1 to 2
 */
public record IntervalBounds(double epsilon, double kappa, double warmUp, double ramp, double overshoot)
        implements TrainingObjective {
    public IntervalBounds {
        Require.epsilon(epsilon);
        Require.that(
                kappa >= 0 && kappa <= 1,
                "The kappa of interval bounds, the weight of the clean image, must be from 0 to 1, got %s."
                        .formatted(kappa));
        Require.that(
                overshoot >= 1 && overshoot <= 2,
                "The overshoot of interval bounds must be from 1 to 2, got %s.".formatted(overshoot));
        // checks both
        new EpsilonRamp(warmUp, ramp);
    }

    /**
     * Returns kappa 0.5, a tenth of the training for the warm-up, half of it for the ramp, and 1.1 times epsilon.
     *
     * @param epsilon the budget in L-infinity, from 0 to 1
     * @return the objective
     */
    public static IntervalBounds within(double epsilon) {
        return new IntervalBounds(epsilon, 0.5, 0.1, 0.5, 1.1);
    }

    @Override
    public String name() {
        return "ibp";
    }

    @Override
    public double rampEnd() {
        return new EpsilonRamp(warmUp, ramp).end();
    }

    @Override
    public boolean isOnBounds() {
        return true;
    }

    @Override
    public Map<String, String> options() {
        return new ObjectiveOptions()
                .with("kappa", kappa)
                .with("warm-up", warmUp)
                .with("ramp", ramp)
                .with("overshoot", overshoot)
                .asMap();
    }

    @Override
    public Measurement descend(TrainingStep step, float[] attacked) {
        return descend(step, attacked, 0);
    }

    /** Computes the loss with a share of the bound by linear functions. */
    Measurement descend(TrainingStep step, float[] attacked, double linearShare) {
        double share = share(step.progress());
        double weight = 1 - share * (1 - kappa);
        Measurement natural = BatchLoss.crossEntropy(step, step.forward(attacked), weight);
        if (weight == 1) {
            return natural;
        }
        float radius = (float) (share * overshoot * epsilon);
        float[] lower = attacked.clone();
        float[] upper = attacked.clone();
        for (int i = 0; i < attacked.length; i++) {
            lower[i] = Math.max(0, attacked[i] - radius);
            upper[i] = Math.min(1, attacked[i] + radius);
        }
        Measurement worst = BatchLoss.crossEntropy(step, step.worstLogits(lower, upper, linearShare), 1 - weight);
        return new Measurement(natural.loss() + worst.loss(), worst.correct());
    }

    /** Returns the share of epsilon after a share of the training. */
    double share(double progress) {
        return new EpsilonRamp(warmUp, ramp).at(progress);
    }
}

package dev.gauntlet.torch.objective;

import java.util.Map;

/**
 * Training for certificates that begins with tighter bounds: the loss of {@link IntervalBounds}, in which the worst logits are
 * a mixture of those that interval arithmetic allows and those that linear functions of the pixels over these intervals allow.
 *
 * <p>Zhang, Chen, Xiao, Gowal, Stanforth, Li, Boning and Hsieh, "Towards Stable and Efficient Training of Verifiably Robust
 * Neural Networks", ICLR 2020, <a href="https://arxiv.org/abs/1906.06316">arXiv:1906.06316</a>: {@code min kappa * CE(f(x), y) +
 * (1 - kappa) * CE((1 - beta) * worst of intervals + beta * worst of linear functions, y)}. Beta falls from 1 to its final value
 * while epsilon grows. With the final value 0, which the authors use for MNIST, the training then continues as with intervals
 * alone, at their cost.
 *
 * <p>Cost: three forward and backward passes per example, and while beta is above 0 as many more as there are classes.
 *
 * <p>Example: {@code CrownIntervalBounds.within(0.3)}.
 *
 * @param intervals epsilon, kappa, ramp and overshoot
 * @param beta the final share of the bound by linear functions, from 0 to 1
 */
public record CrownIntervalBounds(IntervalBounds intervals, double beta) implements TrainingObjective {
    public CrownIntervalBounds {
        Require.that(
                beta >= 0 && beta <= 1,
                "The beta of CROWN-IBP, the final share of the bound by linear functions, must be from 0 to 1, got %s."
                        .formatted(beta));
    }

    /**
     * Returns the defaults of {@link IntervalBounds} with the final beta 0.
     *
     * @param epsilon the budget in L-infinity, from 0 to 1
     * @return the objective
     */
    public static CrownIntervalBounds within(double epsilon) {
        return new CrownIntervalBounds(IntervalBounds.within(epsilon), 0);
    }

    @Override
    public String name() {
        return "crown-ibp";
    }

    @Override
    public double epsilon() {
        return intervals.epsilon();
    }

    @Override
    public double rampEnd() {
        return intervals.rampEnd();
    }

    @Override
    public boolean isOnBounds() {
        return true;
    }

    @Override
    public Map<String, String> options() {
        ObjectiveOptions options = new ObjectiveOptions().with("beta", beta);
        intervals.options().forEach(options::with);
        return options.asMap();
    }

    @Override
    public Measurement descend(TrainingStep step, float[] attacked) {
        return intervals.descend(step, attacked, 1 - intervals.share(step.progress()) * (1 - beta));
    }
}

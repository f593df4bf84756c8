package dev.gauntlet.torch.objective;

import dev.gauntlet.data.Batch;
import dev.gauntlet.loss.CrossEntropy;
import java.util.Map;

/**
 * Adversarial training with projected gradient descent: several steps along the sign of the gradient from a random point in
 * the ball.
 *
 * <p>Madry, Makelov, Schmidt, Tsipras and Vladu, "Towards Deep Learning Models Resistant to Adversarial Attacks", ICLR
 * 2018, <a href="https://arxiv.org/abs/1706.06083">arXiv:1706.06083</a>. Epsilon grows in the first part of the training,
 * without which a network may never begin to learn at a large epsilon.
 *
 * <p>Cost: one forward and one backward pass more per example than steps.
 *
 * <p>Example: {@code PgdAdversarial.within(0.3)}.
 *
 * @param epsilon the budget in L-infinity, from 0 to 1
 * @param steps the number of steps, at least 1
 * @param relativeStep the step size as a share of epsilon, above 0 and at most 2
 * @param ramp the share of the training in which epsilon grows from 0, from 0 to 1
 */
public record PgdAdversarial(double epsilon, int steps, double relativeStep, double ramp) implements TrainingObjective {
    public PgdAdversarial {
        Require.epsilon(epsilon);
        Require.steps(steps);
        Require.relativeStep(relativeStep);
        Require.share("ramp", ramp);
    }

    /**
     * Returns 7 steps of 2.5/7 epsilon, as in Madry et al. on CIFAR-10, and a ramp of a fifth of the training.
     *
     * @param epsilon the budget in L-infinity, from 0 to 1
     * @return the objective
     */
    public static PgdAdversarial within(double epsilon) {
        return new PgdAdversarial(epsilon, 7, 2.5 / 7, 0.2);
    }

    @Override
    public String name() {
        return "pgd";
    }

    @Override
    public double rampEnd() {
        return ramp;
    }

    @Override
    public Map<String, String> options() {
        return new ObjectiveOptions()
                .with("steps", steps)
                .with("relative-step", relativeStep)
                .with("ramp", ramp)
                .asMap();
    }

    @Override
    public float[] attack(TrainingStep step) {
        Batch clean = step.clean();
        double radius = epsilon * new EpsilonRamp(0, ramp).at(step.progress());
        LinfBall ball = new LinfBall(clean.pixels(), radius);
        return ball.climb(
                clean,
                ball.uniform(step),
                steps,
                relativeStep * radius,
                batch -> step.model().gradient(batch, new CrossEntropy()));
    }
}

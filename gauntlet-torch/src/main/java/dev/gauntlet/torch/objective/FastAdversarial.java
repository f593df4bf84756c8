package dev.gauntlet.torch.objective;

import dev.gauntlet.data.Batch;
import dev.gauntlet.loss.CrossEntropy;
import java.util.Map;

/**
 * Adversarial training with a single step: the gradient at a random point in the ball decides the direction of the step.
 *
 * <p>Wong, Rice and Kolter, "Fast is better than free: Revisiting adversarial training", ICLR 2020, <a
 * href="https://arxiv.org/abs/2001.03994">arXiv:2001.03994</a>, algorithm 3. As in the authors' program, the random point
 * is not clipped to [0,1]. Clipping it there destroys the training on MNIST at 0.3: the network learns to answer single
 * steps only, which the guard of {@link dev.gauntlet.torch.Trainer} reports.
 *
 * <p>Cost: two forward and two backward passes per example.
 *
 * <p>Example: {@code FastAdversarial.within(0.3)}.
 *
 * @param epsilon the budget in L-infinity, from 0 to 1
 * @param relativeStep the step size as a share of epsilon, above 0 and at most 2
 * @param clampStart whether the random point is clipped to [0,1] before the gradient is computed
 */
public record FastAdversarial(double epsilon, double relativeStep, boolean clampStart) implements TrainingObjective {
    private static final int REMEDY_STEPS = 2;

    public FastAdversarial {
        Require.epsilon(epsilon);
        Require.relativeStep(relativeStep);
    }

    /**
     * Returns the configuration of the paper: one step of 1.25 epsilon.
     *
     * @param epsilon the budget in L-infinity, from 0 to 1
     * @return the objective
     */
    public static FastAdversarial within(double epsilon) {
        return new FastAdversarial(epsilon, 1.25, false);
    }

    @Override
    public String name() {
        return "fast";
    }

    @Override
    public Map<String, String> options() {
        return new ObjectiveOptions()
                .with("relative-step", relativeStep)
                .with("clamp-start", clampStart)
                .asMap();
    }

    @Override
    public float[] attack(TrainingStep step) {
        Batch clean = step.clean();
        LinfBall ball = new LinfBall(clean.pixels(), epsilon);
        float[] start = ball.uniform(step);
        if (clampStart) {
            ball.project(start);
        }
        float[] gradient = step.model()
                .gradient(clean.withPixels(start), new CrossEntropy())
                .pixels();
        return ball.step(start, gradient, relativeStep * epsilon);
    }

    /** Two steps see what a single one cannot. */
    @Override
    public TrainingObjective afterOverfitting() {
        return new PgdAdversarial(epsilon, REMEDY_STEPS, relativeStep / REMEDY_STEPS, 0);
    }
}

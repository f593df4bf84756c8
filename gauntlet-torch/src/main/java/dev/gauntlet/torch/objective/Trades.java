package dev.gauntlet.torch.objective;

import dev.gauntlet.data.Batch;
import dev.gauntlet.model.Logits;
import java.util.Map;

/**
 * TRADES: the cross-entropy of the clean image, and beta times the divergence of the answer on the attacked image from the
 * one on the clean image.
 *
 * <p>Zhang, Yu, Jiao, Xing, El Ghaoui and Jordan, "Theoretically Principled Trade-off between Robustness and Accuracy",
 * ICML 2019, <a href="https://arxiv.org/abs/1901.08573">arXiv:1901.08573</a>, algorithm 1: {@code min CE(f(x), y) + beta *
 * max KL(f(x) || f(x'))}. The search starts near the clean image, from normal noise with the deviation 0.001.
 *
 * <p>Cost: two forward and two backward passes per example more than steps, and one forward pass.
 *
 * <p>Example: {@code Trades.within(0.3)}.
 *
 * @param epsilon the budget in L-infinity, from 0 to 1
 * @param steps the number of steps, at least 1
 * @param relativeStep the step size as a share of epsilon, above 0 and at most 2
 * @param beta the weight of the divergence, at least 0; the paper uses 1 for MNIST and 6 for CIFAR-10
 * @param ramp the share of the training in which epsilon grows from 0, from 0 to 1
 */
public record Trades(double epsilon, int steps, double relativeStep, double beta, double ramp)
        implements TrainingObjective {
    /** The deviation of the noise with which the search starts, as in the authors' program. */
    static final double START = 0.001;

    public Trades {
        Require.epsilon(epsilon);
        Require.steps(steps);
        Require.relativeStep(relativeStep);
        Require.weight("The beta of TRADES", beta);
        Require.share("ramp", ramp);
    }

    /**
     * Returns 10 steps of a quarter of epsilon with beta 1, and a ramp of a fifth of the training.
     *
     * @param epsilon the budget in L-infinity, from 0 to 1
     * @return the objective
     */
    public static Trades within(double epsilon) {
        return new Trades(epsilon, 10, 0.25, 1, 0.2);
    }

    @Override
    public String name() {
        return "trades";
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
                .with("beta", beta)
                .with("ramp", ramp)
                .asMap();
    }

    @Override
    public float[] attack(TrainingStep step) {
        Batch clean = step.clean();
        if (beta == 0) {
            return clean.pixels();
        }
        double radius = epsilon * new EpsilonRamp(0, ramp).at(step.progress());
        LinfBall ball = new LinfBall(clean.pixels(), radius);
        Logits answers = step.model().logits(clean);
        return ball.climb(
                clean,
                ball.normal(step, START),
                steps,
                relativeStep * radius,
                batch -> step.model().gradient(batch, row -> new Divergence(Softmax.of(answers, row))));
    }

    @Override
    public Measurement descend(TrainingStep step, float[] attacked) {
        TrainingStep.Pass clean = step.forward(step.clean().pixels());
        Measurement natural = BatchLoss.crossEntropy(step, clean, 1);
        if (beta == 0) {
            return natural;
        }
        TrainingStep.Pass other = step.forward(attacked);
        Logits logits = clean.logits();
        float[] ofClean = new float[logits.values().length];
        float[] ofAttacked = new float[ofClean.length];
        double sum = 0;
        for (int row = 0; row < logits.size(); row++) {
            Softmax p = Softmax.of(logits, row);
            Softmax q = Softmax.of(other.logits(), row);
            double divergence = p.divergence(q);
            for (int k = 0; k < logits.classes(); k++) {
                int i = row * logits.classes() + k;
                ofClean[i] = (float) (p.probabilities()[k] * (p.logarithms()[k] - q.logarithms()[k] - divergence));
                ofAttacked[i] = (float) (q.probabilities()[k] - p.probabilities()[k]);
            }
            sum += divergence;
        }
        clean.descend(BatchLoss.mean(ofClean, beta, logits.size()));
        other.descend(BatchLoss.mean(ofAttacked, beta, logits.size()));
        return new Measurement(natural.loss() + beta * sum, BatchLoss.correct(step, other.logits()));
    }
}

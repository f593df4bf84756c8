package dev.gauntlet.torch.objective;

import dev.gauntlet.data.Batch;
import dev.gauntlet.loss.CrossEntropy;
import dev.gauntlet.model.Logits;
import java.util.Map;

/**
 * MART: a cross-entropy with a margin on the attacked image, and a divergence that counts more where the network is unsure
 * of the clean image.
 *
 * <p>Wang, Zou, Yi, Bailey, Ma and Gu, "Improving Adversarial Robustness Requires Revisiting Misclassified Examples", ICLR
 * 2020, <a href="https://openreview.net/forum?id=rklOg6EFwS">OpenReview</a>: {@code BCE(f(x'), y) + beta * KL(f(x) || f(x'))
 * * (1 - p_y(x))}, where {@code BCE = -log p_y(x') - log(1 - max p_k(x'))} over the other classes k. The constants that
 * keep the logarithms finite are those of the authors' program.
 *
 * <p>Cost: two forward and two backward passes per example more than steps.
 *
 * <p>Example: {@code Mart.within(0.3)}.
 *
 * @param epsilon the budget in L-infinity, from 0 to 1
 * @param steps the number of steps, at least 1
 * @param relativeStep the step size as a share of epsilon, above 0 and at most 2
 * @param beta the weight of the divergence, at least 0
 * @param ramp the share of the training in which epsilon grows from 0, from 0 to 1
 */
public record Mart(double epsilon, int steps, double relativeStep, double beta, double ramp)
        implements TrainingObjective {
    private static final double ALMOST_ONE = 1.0001 + 1e-12;
    private static final double WHOLE = 1.0000001;

    public Mart {
        Require.epsilon(epsilon);
        Require.steps(steps);
        Require.relativeStep(relativeStep);
        Require.weight("The beta of MART", beta);
        Require.share("ramp", ramp);
    }

    /**
     * Returns 10 steps of a quarter of epsilon with the paper's beta of 6, and a ramp of a fifth of the training.
     *
     * @param epsilon the budget in L-infinity, from 0 to 1
     * @return the objective
     */
    public static Mart within(double epsilon) {
        return new Mart(epsilon, 10, 0.25, 6, 0.2);
    }

    @Override
    public String name() {
        return "mart";
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
        double radius = epsilon * new EpsilonRamp(0, ramp).at(step.progress());
        LinfBall ball = new LinfBall(clean.pixels(), radius);
        return ball.climb(
                clean,
                ball.normal(step, Trades.START),
                steps,
                relativeStep * radius,
                batch -> step.model().gradient(batch, new CrossEntropy()));
    }

    @Override
    public Measurement descend(TrainingStep step, float[] attacked) {
        TrainingStep.Pass clean = step.forward(step.clean().pixels());
        TrainingStep.Pass other = step.forward(attacked);
        Logits logits = clean.logits();
        float[] ofClean = new float[logits.values().length];
        float[] ofAttacked = new float[ofClean.length];
        double loss = 0;
        for (int row = 0; row < logits.size(); row++) {
            loss += descend(
                    Softmax.of(logits, row),
                    Softmax.of(other.logits(), row),
                    step.clean().labels()[row],
                    row * logits.classes(),
                    ofClean,
                    ofAttacked);
        }
        clean.descend(BatchLoss.mean(ofClean, 1, logits.size()));
        other.descend(BatchLoss.mean(ofAttacked, 1, logits.size()));
        return new Measurement(loss, BatchLoss.correct(step, other.logits()));
    }

    /** Writes the derivatives of one example's loss and returns the loss. */
    private double descend(Softmax p, Softmax q, int label, int offset, float[] ofClean, float[] ofAttacked) {
        int rival = rival(q, label);
        double margin = ALMOST_ONE - q.probabilities()[rival];
        double divergence = p.divergence(q);
        double doubt = WHOLE - p.probabilities()[label];
        for (int k = 0; k < p.probabilities().length; k++) {
            double pk = p.probabilities()[k];
            double qk = q.probabilities()[k];
            double entropy = qk - (k == label ? 1 : 0);
            double ofRival = q.probabilities()[rival] * ((k == rival ? 1 : 0) - qk) / margin;
            ofAttacked[offset + k] = (float) (entropy + ofRival + beta * doubt * (qk - pk));
            double ofDivergence = pk * (p.logarithms()[k] - q.logarithms()[k] - divergence);
            double ofDoubt = -p.probabilities()[label] * ((k == label ? 1 : 0) - pk);
            ofClean[offset + k] = (float) (beta * (doubt * ofDivergence + divergence * ofDoubt));
        }
        return -q.logarithms()[label] - Math.log(margin) + beta * divergence * doubt;
    }

    private static int rival(Softmax q, int label) {
        int rival = label == 0 ? 1 : 0;
        for (int k = 0; k < q.probabilities().length; k++) {
            if (k != label && q.probabilities()[k] > q.probabilities()[rival]) {
                rival = k;
            }
        }
        return rival;
    }
}

package dev.gauntlet.attack;

import dev.gauntlet.attack.ConstantSearch.Seen;
import dev.gauntlet.attack.kit.Findings;
import dev.gauntlet.attack.kit.OptionMeaning;
import dev.gauntlet.attack.kit.Problem;
import dev.gauntlet.attack.kit.Require;
import dev.gauntlet.attack.kit.RowSelection;
import dev.gauntlet.data.Batch;
import dev.gauntlet.loss.Loss;
import dev.gauntlet.loss.Margin;
import dev.gauntlet.model.DifferentiableClassifier;
import dev.gauntlet.model.Gradient;
import dev.gauntlet.model.Logits;
import dev.gauntlet.threat.Norm;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * The elastic-net attack in L1: shrinkage steps minimize {@code ||x - clean||^2 + beta ||x - clean||_1 + c * max(-margin,
 * 0)}, and a binary search finds for each example the smallest c that leads to a success.
 *
 * <p>Chen, Sharma, Zhang, Yi and Hsieh, "EAD: Elastic-Net Attacks to Deep Neural Networks via Adversarial Examples", AAAI
 * 2018, <a href="https://arxiv.org/abs/1709.04114">arXiv:1709.04114</a>, algorithm 1 (FISTA) with a confidence of 0. The
 * gradient is that of the loss without its L1 part, at a point ahead of x, which may be outside the box; x itself is
 * always inside. As in the authors' code, the learning rate decreases with the square root of the remaining steps, beta is constant,
 * and the result is the nearest success in L1 (the authors' L1 decision rule).
 *
 * <p>L1, untargeted and targeted. The search with one c ends for an example when its loss has not decreased by 0.01 %
 * within a tenth of the steps. Each example is decided alone; the authors' code stops when the sum over the batch stalls.
 *
 * <p>Cost: at most {@code searchSteps * steps} times two forward passes and one backward pass, and one forward pass.
 *
 * <p>Example: {@code ElasticNet.defaults().nearest(model, Problem.of(batch, Norm.L1))}.
 *
 * @param searchSteps the number of values of c, at least 1
 * @param steps the number of steps for each c, at least 1
 * @param learningRate the initial learning rate, above 0
 * @param initialConstant the first value of c, above 0
 * @param beta the shrinkage of every change per step, at least 0; larger values change fewer pixels
 * @param abortEarly whether the search with one c ends when the loss stops decreasing
 */
public record ElasticNet(
        @OptionMeaning(value = "The number of values of the constant c", min = 1)
        int searchSteps,

        @OptionMeaning(value = "The number of steps for each c", min = 1)
        int steps,

        @OptionMeaning(value = "The initial learning rate", above = 0)
        double learningRate,

        @OptionMeaning(value = "The first value of c", above = 0)
        double initialConstant,

        @OptionMeaning(value = "The shrinkage of every change per step; larger values change fewer pixels", min = 0)
        double beta,

        @OptionMeaning("Whether the search with one c ends when the loss stops decreasing")
        boolean abortEarly)
        implements MinimalNormAttack<DifferentiableClassifier> {
    private static final Loss LOSS = new Margin();

    public ElasticNet {
        ConstantSearch.require(
                "The elastic-net attack", "the elastic-net attack", searchSteps, steps, learningRate, initialConstant);
        Require.atLeast(0, beta, "The beta of the elastic-net attack");
    }

    /**
     * Returns the configuration with 9 values of c, starting at 0.001, 1000 steps each with a learning rate of 0.01, and a
     * beta of 0.01.
     *
     * @return the attack
     */
    public static ElasticNet defaults() {
        return new ElasticNet(9, 1000, 0.01, 0.001, 0.01, true);
    }

    @Override
    public String name() {
        return "ead";
    }

    @Override
    public String title() {
        return "EAD";
    }

    @Override
    public String meaning() {
        return "elastic-net attack";
    }

    @Override
    public Set<Norm> norms() {
        return EnumSet.of(Norm.L1);
    }

    @Override
    public Passes passes(Norm norm, List<Double> epsilons, int classes) {
        return Passes.gradients(1)
                .plus(Passes.forwards(1))
                .times((long) searchSteps * steps)
                .plus(Passes.forwards(1));
    }

    @Override
    public void search(DifferentiableClassifier model, Problem problem, Findings findings) {
        new ConstantSearch(searchSteps, steps, initialConstant, abortEarly)
                .run(
                        problem,
                        findings,
                        attacked -> new Fista(model, attacked.clean().pixels()));
    }

    /** Returns the learning rate, which decreases with the square root of the remaining steps. */
    double learningRate(int step) {
        return learningRate * Math.sqrt(1 - (double) step / steps);
    }

    /** Returns the distance from x to the point of the next gradient, as a share of the last step. */
    static double momentum(int step) {
        return step / (step + 3.0);
    }

    /** Moves a pixel by at most beta towards its clean value, and into the box. */
    static double shrunk(double pixel, double clean, double beta) {
        if (pixel - clean > beta) {
            return Math.min(pixel - beta, 1);
        }
        if (pixel - clean < -beta) {
            return Math.max(pixel + beta, 0);
        }
        return clean;
    }

    /** The shrinkage steps, each from a point ahead of x. */
    private final class Fista implements ConstantSearch.Descent {
        private final DifferentiableClassifier model;
        private float[] x;
        private float[] ahead;
        private Logits logits = new Logits(2, new float[0]);

        Fista(DifferentiableClassifier model, float[] clean) {
            this.model = model;
            x = clean;
            ahead = clean;
        }

        @Override
        public List<Seen> step(Problem problem, double[] constants, int step) {
            Batch clean = problem.clean();
            int length = clean.shape().size();
            float[] from = ahead;
            Gradient gradient = model.gradient(clean.withPixels(from), problem.objective(LOSS, clean));
            float[] next = new float[x.length];
            ahead = new float[x.length];
            for (int p = 0; p < next.length; p++) {
                double weight = gradient.losses()[p / length] < 0 ? constants[p / length] : 0;
                double slope = 2.0 * (from[p] - clean.pixels()[p]) - weight * gradient.pixels()[p];
                next[p] = (float) shrunk(from[p] - learningRate(step) * slope, clean.pixels()[p], beta);
                ahead[p] = (float) (next[p] + momentum(step) * (next[p] - x[p]));
            }
            x = next;
            logits = model.logits(clean.withPixels(x));
            return List.of(new Seen(from, gradient.logits()), new Seen(x, logits));
        }

        @Override
        public double loss(Problem problem, double constant, int i) {
            float[] clean = problem.clean().pixels();
            int length = problem.clean().shape().size();
            int label = problem.clean().labels()[i];
            int classes = logits.classes();
            double margin =
                    problem.criterion().objective(LOSS, label).value(logits.values(), i * classes, classes, label);
            double euclidean = Norm.L2.distance(clean, x, i * length, length);
            return euclidean * euclidean
                    + beta * Norm.L1.distance(clean, x, i * length, length)
                    + constant * Math.max(-margin, 0);
        }

        @Override
        public void select(int[] left) {
            int length = x.length / (logits.values().length / logits.classes());
            x = RowSelection.select(x, left, length);
            ahead = RowSelection.select(ahead, left, length);
        }
    }
}

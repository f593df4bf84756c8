package dev.gauntlet.attack;

import dev.gauntlet.attack.ConstantSearch.Seen;
import dev.gauntlet.attack.kit.Findings;
import dev.gauntlet.attack.kit.OptionMeaning;
import dev.gauntlet.attack.kit.Problem;
import dev.gauntlet.attack.kit.RowSelection;
import dev.gauntlet.data.Batch;
import dev.gauntlet.loss.Loss;
import dev.gauntlet.loss.Margin;
import dev.gauntlet.model.DifferentiableClassifier;
import dev.gauntlet.model.Gradient;
import dev.gauntlet.threat.Norm;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * Carlini and Wagner's attack in L2: Adam minimizes {@code ||x - clean||^2 + c * max(-margin, 0)}, and a binary search
 * finds for each example the smallest c that leads to a success.
 *
 * <p>Carlini and Wagner, "Towards Evaluating the Robustness of Neural Networks", IEEE S&amp;P 2017,
 * <a href="https://arxiv.org/abs/1608.04644">arXiv:1608.04644</a>, sections V and VI-A: the objective function f6 with a
 * confidence of 0. The pixels are {@code (tanh(w) + 1) / 2}, so that every w is in the box; as in the authors' code, w
 * starts from clean pixels moved a millionth towards grey, because black and white have no finite w.
 *
 * <p>L2, untargeted and targeted. The search with one c ends for an example when its loss has not decreased by 0.01 %
 * within a tenth of the steps. Each example is decided alone; the authors' code stops when the sum over the batch stalls.
 *
 * <p>Cost: at most {@code searchSteps * steps} forward and backward passes, and one forward pass.
 *
 * <p>Example: {@code new CarliniWagner(9, 1000, 0.1, 0.001, true).nearest(model, Problem.of(batch, Norm.L2))}.
 *
 * @param searchSteps the number of values of c, at least 1
 * @param steps the number of steps for each c, at least 1
 * @param learningRate the learning rate of Adam, above 0
 * @param initialConstant the first value of c, above 0
 * @param abortEarly whether the search with one c ends when the loss stops decreasing
 */
public record CarliniWagner(
        @OptionMeaning(value = "The number of values of the constant c", min = 1)
        int searchSteps,

        @OptionMeaning(value = "The number of steps for each c", min = 1)
        int steps,

        @OptionMeaning(value = "The learning rate of Adam", above = 0)
        double learningRate,

        @OptionMeaning(value = "The first value of c", above = 0)
        double initialConstant,

        @OptionMeaning("Whether the search with one c ends when the loss stops decreasing")
        boolean abortEarly)
        implements MinimalNormAttack<DifferentiableClassifier> {
    private static final Loss LOSS = new Margin();

    private static final double TOWARDS_GREY = 1e-6;

    public CarliniWagner {
        ConstantSearch.require(
                "The attack of Carlini and Wagner",
                "Carlini and Wagner",
                searchSteps,
                steps,
                learningRate,
                initialConstant);
    }

    /**
     * Returns the configuration of the authors' code: 9 values of c, starting at 0.001, and 10,000 steps each with a
     * learning rate of 0.01.
     *
     * <p>A black or white pixel needs about 600 steps at this rate before it moves. On MNIST, 1000 steps with a learning
     * rate of 0.1 take a tenth of the time; for models with short distances, steps of this size are too coarse.
     *
     * @return the attack
     */
    public static CarliniWagner defaults() {
        return new CarliniWagner(9, 10_000, 0.01, 0.001, true);
    }

    @Override
    public String name() {
        return "cw";
    }

    @Override
    public String title() {
        return "Carlini-Wagner";
    }

    @Override
    public String meaning() {
        return "distance and margin in one loss";
    }

    @Override
    public Set<Norm> norms() {
        return EnumSet.of(Norm.L2);
    }

    @Override
    public Passes passes(Norm norm, List<Double> epsilons, int classes) {
        return Passes.gradients((long) searchSteps * steps).plus(Passes.forwards(1));
    }

    @Override
    public void search(DifferentiableClassifier model, Problem problem, Findings findings) {
        new ConstantSearch(searchSteps, steps, initialConstant, abortEarly)
                .run(
                        problem,
                        findings,
                        attacked -> new Adam(model, attacked.clean().pixels()));
    }

    /** Adam on w, with the pixels (tanh(w) + 1) / 2. */
    private final class Adam implements ConstantSearch.Descent {
        private final DifferentiableClassifier model;
        private double[] w;

        /** The pixels for w, kept for the derivative, because an exponential is most of the cost of a step. */
        private double[] pixels;

        private double[] slopes;
        private double[] mean;
        private double[] meanSquare;
        private float[] x = {};
        private double[] margins = {};

        Adam(DifferentiableClassifier model, float[] clean) {
            this.model = model;
            w = new double[clean.length];
            pixels = new double[clean.length];
            slopes = new double[clean.length];
            mean = new double[clean.length];
            meanSquare = new double[clean.length];
            for (int i = 0; i < w.length; i++) {
                double pixel = .5 + (1 - TOWARDS_GREY) * (clean[i] - .5);
                w[i] = StrictMath.log(pixel / (1 - pixel)) / 2;
            }
        }

        @Override
        public List<Seen> step(Problem problem, double[] constants, int step) {
            x = new float[w.length];
            for (int i = 0; i < x.length; i++) {
                // equals (tanh(w) + 1) / 2
                pixels[i] = Exponential.logistic(2 * w[i]);
                x[i] = (float) pixels[i];
            }
            Batch points = problem.clean().withPixels(x);
            Gradient gradient = model.gradient(points, problem.objective(LOSS, points));
            margins = gradient.losses();
            int length = w.length / margins.length;
            for (int row = 0; row < constants.length; row++) {
                double weight = margins[row] < 0 ? constants[row] : 0;
                slopes(problem.clean().pixels(), gradient.pixels(), weight, row * length, (row + 1) * length);
            }
            move(step + 1);
            return List.of(new Seen(x, gradient.logits()));
        }

        @Override
        public double loss(Problem problem, double constant, int i) {
            int length = problem.clean().shape().size();
            double distance = Norm.L2.distance(problem.clean().pixels(), x, i * length, length);
            return distance * distance + constant * Math.max(-margins[i], 0);
        }

        @Override
        public void select(int[] left) {
            int length = w.length / margins.length;
            w = RowSelection.select(w, left, length);
            pixels = new double[w.length];
            slopes = new double[w.length];
            mean = RowSelection.select(mean, left, length);
            meanSquare = RowSelection.select(meanSquare, left, length);
        }

        /** Computes the derivative of {@code ||x - clean||^2 - weight * margin} by the pixels of one example. */
        private void slopes(float[] clean, float[] marginGradient, double weight, int from, int to) {
            for (int i = from; i < to; i++) {
                slopes[i] = 2 * (pixels[i] - clean[i]) - weight * marginGradient[i];
            }
        }

        /** Moves w against the derivative; a loop of its own over doubles alone, which is vectorized. */
        private void move(int time) {
            double rate = learningRate / (1 - StrictMath.pow(.9, time));
            double perMeanSquare = 1 / (1 - StrictMath.pow(.999, time));
            for (int i = 0; i < w.length; i++) {
                // in double precision white is below 1, so that no pixel gets stuck
                double byW = slopes[i] * 2 * pixels[i] * (1 - pixels[i]);
                double newMean = .9 * mean[i] + .1 * byW;
                double newMeanSquare = .999 * meanSquare[i] + .001 * byW * byW;
                mean[i] = newMean;
                meanSquare[i] = newMeanSquare;
                w[i] -= rate * newMean / (Math.sqrt(newMeanSquare * perMeanSquare) + 1e-8);
            }
        }
    }
}

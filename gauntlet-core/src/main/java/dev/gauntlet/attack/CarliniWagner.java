package dev.gauntlet.attack;

import dev.gauntlet.attack.kit.Require;
import dev.gauntlet.data.Batch;
import dev.gauntlet.loss.Loss;
import dev.gauntlet.loss.Margin;
import dev.gauntlet.model.DifferentiableClassifier;
import dev.gauntlet.model.Gradient;
import dev.gauntlet.threat.Norm;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * Carlini and Wagner's attack in L2: Adam minimises {@code ||x - clean||^2 + c * max(-margin, 0)}, and a binary search
 * finds for each example the smallest c that leads to a success.
 *
 * <p>Carlini and Wagner, "Towards Evaluating the Robustness of Neural Networks", IEEE S&amp;P 2017,
 * <a href="https://arxiv.org/abs/1608.04644">arXiv:1608.04644</a>, sections V and VI-A: the objective function f6 with a
 * confidence of 0. The pixels are {@code (tanh(w) + 1) / 2}, so that any w is in the box; as in the authors' code, w
 * starts from clean pixels that are taken a millionth towards grey, because black and white have no w.
 *
 * <p>L2, untargeted and targeted. An example whose loss has not fallen by 0.01 % within a tenth of the steps is finished
 * for this c. This is decided for each example alone; the authors' code stops when the sum over the batch stands still.
 *
 * <p>Cost: at most {@code searchSteps * steps} forward and backward passes, and one forward pass.
 *
 * <p>Example: {@code new CarliniWagner(9, 1000, 0.1, 0.001, true).nearest(model, Problem.of(batch, Norm.L2))}.
 *
 * @param searchSteps how many values of c are tried, at least 1
 * @param steps the number of steps for each c, at least 1
 * @param learningRate the learning rate of Adam, above 0
 * @param initialConstant the first value of c, above 0
 * @param abortEarly whether an example is finished when its loss stands still
 */
public record CarliniWagner(
        @Explained(value = "How many values of the constant c are tried", min = 1)
        int searchSteps,

        @Explained(value = "The number of steps for each c", min = 1)
        int steps,

        @Explained(value = "The learning rate of Adam", above = 0)
        double learningRate,

        @Explained(value = "The first value of c", above = 0)
        double initialConstant,

        @Explained("Whether an example is finished when its loss no longer falls")
        boolean abortEarly)
        implements MinimalNormAttack<DifferentiableClassifier> {
    private static final Loss LOSS = new Margin();

    private static final double TOWARDS_GREY = 1e-6;

    public CarliniWagner {
        Require.atLeast(1, searchSteps, "The attack of Carlini and Wagner", "search step");
        Require.atLeast(1, steps, "The attack of Carlini and Wagner", "step");
        Require.above(0, learningRate, "The learning rate of Carlini and Wagner");
        Require.above(0, initialConstant, "The initial constant of Carlini and Wagner");
    }

    /**
     * Returns the method with the settings of its authors' code: 9 values of c from 0.001 on, and 10,000 steps each with a
     * learning rate of 0.01.
     *
     * <p>A black or white pixel needs some 600 steps at this rate before it moves at all. On MNIST, 1000 steps with a
     * learning rate of 0.1 take a tenth of the time; where the distances are short, steps of this size are too coarse.
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
    public AttackResult nearest(DifferentiableClassifier model, Problem problem) {
        requireFit(problem.norm(), problem.criterion());
        Findings findings = Findings.of(model, problem);
        int[] rows = findings.attacked();
        if (rows.length == 0) {
            return findings.result();
        }
        Problem attacked = problem.select(rows);
        ConstantSearch constants = new ConstantSearch(rows.length, initialConstant);
        for (int search = 0; search < searchSteps; search++) {
            constants.next(minimise(model, attacked, constants, findings, rows));
        }
        return findings.result();
    }

    /** Minimises the loss with the present constants and tells which examples had a success. */
    private boolean[] minimise(
            DifferentiableClassifier model, Problem attacked, ConstantSearch constants, Findings findings, int[] rows) {
        int length = attacked.clean().shape().size();
        Descent descent = new Descent(attacked.clean().pixels(), learningRate);
        double[] lossBefore = new double[rows.length];
        Arrays.fill(lossBefore, Double.POSITIVE_INFINITY);
        boolean[] found = new boolean[rows.length];
        int[] moving = IntStream.range(0, rows.length).toArray();
        Problem standing = attacked;
        int tenth = (steps + 9) / 10;
        for (int step = 0; step < steps && moving.length > 0; step++) {
            Batch x = standing.clean().withPixels(descent.pixels(moving, length));
            Gradient gradient = model.gradient(x, standing.objective(LOSS, x));
            boolean[] goesOn = new boolean[moving.length];
            for (int i = 0; i < moving.length; i++) {
                int row = moving[i];
                if (standing.isMet(gradient.logits(), i)) {
                    found[row] = true;
                    findings.keep(rows[row], x.pixels(), i);
                }
                double margin = gradient.losses()[i];
                double distance = Norm.L2.distance(standing.clean().pixels(), x.pixels(), i * length, length);
                double loss = distance * distance + constants.at(row) * Math.max(-margin, 0);
                goesOn[i] = gradient.logits().isFinite(i);
                if (abortEarly && step % tenth == 0) {
                    goesOn[i] &= loss <= .9999 * lossBefore[row];
                    lossBefore[row] = loss;
                }
                if (goesOn[i]) {
                    double weight = margin < 0 ? constants.at(row) : 0;
                    descent.move(row, length, step + 1, gradient.pixels(), i * length, weight);
                }
            }
            int[] left =
                    IntStream.range(0, moving.length).filter(i -> goesOn[i]).toArray();
            if (left.length < moving.length) {
                moving = RowSelection.select(moving, left);
                standing = standing.select(left);
            }
        }
        return found;
    }

    /** Adam on w, of which the pixels are (tanh(w) + 1) / 2. */
    private static final class Descent {
        private final float[] clean;
        private final double learningRate;
        private final double[] w;
        private final double[] mean;
        private final double[] meanSquare;

        Descent(float[] clean, double learningRate) {
            this.clean = clean;
            this.learningRate = learningRate;
            w = new double[clean.length];
            mean = new double[clean.length];
            meanSquare = new double[clean.length];
            for (int i = 0; i < w.length; i++) {
                double pixel = .5 + (1 - TOWARDS_GREY) * (clean[i] - .5);
                w[i] = Math.log(pixel / (1 - pixel)) / 2;
            }
        }

        /** Returns the pixels of some examples, one after the other. */
        float[] pixels(int[] rows, int length) {
            float[] pixels = new float[rows.length * length];
            for (int i = 0; i < rows.length; i++) {
                for (int pixel = 0; pixel < length; pixel++) {
                    pixels[i * length + pixel] = (float) pixel(w[rows[i] * length + pixel]);
                }
            }
            return pixels;
        }

        /** Moves one example along the gradient of {@code ||x - clean||^2 - weight * margin}. */
        void move(int row, int length, int time, float[] marginGradient, int offset, double weight) {
            double meanPart = 1 - Math.pow(.9, time);
            double meanSquarePart = 1 - Math.pow(.999, time);
            for (int pixel = 0; pixel < length; pixel++) {
                int i = row * length + pixel;
                double x = pixel(w[i]);
                double byPixel = 2 * (x - clean[i]) - weight * marginGradient[offset + pixel];
                // in double precision white is less than 1, so that no pixel is stuck there
                double byW = byPixel * 2 * x * (1 - x);
                mean[i] = .9 * mean[i] + .1 * byW;
                meanSquare[i] = .999 * meanSquare[i] + .001 * byW * byW;
                w[i] -= learningRate * (mean[i] / meanPart) / (Math.sqrt(meanSquare[i] / meanSquarePart) + 1e-8);
            }
        }

        /** Computes (tanh(w) + 1) / 2 in a way that takes less time. */
        private static double pixel(double w) {
            return 1 / (1 + Math.exp(-2 * w));
        }
    }
}

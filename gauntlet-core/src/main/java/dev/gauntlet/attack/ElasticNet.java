package dev.gauntlet.attack;

import dev.gauntlet.attack.kit.Require;
import dev.gauntlet.data.Batch;
import dev.gauntlet.loss.Loss;
import dev.gauntlet.loss.Margin;
import dev.gauntlet.model.DifferentiableClassifier;
import dev.gauntlet.model.Gradient;
import dev.gauntlet.model.Logits;
import dev.gauntlet.threat.Criterion;
import dev.gauntlet.threat.Norm;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * The elastic-net attack in L1: shrinking steps minimise {@code ||x - clean||^2 + beta ||x - clean||_1 + c * max(-margin,
 * 0)}, and a binary search finds for each example the smallest c that leads to a success.
 *
 * <p>Chen, Sharma, Zhang, Yi and Hsieh, "EAD: Elastic-Net Attacks to Deep Neural Networks via Adversarial Examples", AAAI
 * 2018, <a href="https://arxiv.org/abs/1709.04114">arXiv:1709.04114</a>, algorithm 1 (FISTA) with a confidence of 0. The
 * gradient is that of the loss without its L1 part, at a point ahead of x, which may be outside the box; x itself never
 * is. As in the authors' code, the learning rate falls with the square root of the steps left while beta stays, and what
 * is kept is the success nearest in L1, the authors' L1 decision rule.
 *
 * <p>L1, untargeted and targeted. An example whose loss has not fallen by 0.01 % within a tenth of the steps is finished
 * for this c. This is decided for each example alone; the authors' code stops when the sum over the batch stands still.
 *
 * <p>Cost: at most {@code searchSteps * steps} times two forward passes and a backward pass, and one forward pass.
 *
 * <p>Example: {@code ElasticNet.defaults().nearest(model, Problem.of(batch, Norm.L1))}.
 *
 * @param searchSteps how many values of c are tried, at least 1
 * @param steps the number of steps for each c, at least 1
 * @param learningRate how much of the gradient the first step takes, above 0
 * @param initialConstant the first value of c, above 0
 * @param beta how far each step moves every changed pixel back to its clean value, at least 0; the larger, the fewer pixels
 *     change
 * @param abortEarly whether an example is finished when its loss stands still
 */
public record ElasticNet(
        @Explained(value = "How many values of the constant c are tried", min = 1)
        int searchSteps,

        @Explained(value = "The number of steps for each c", min = 1)
        int steps,

        @Explained(value = "How much of the gradient the first step takes", above = 0)
        double learningRate,

        @Explained(value = "The first value of c", above = 0)
        double initialConstant,

        @Explained(
                value =
                        "How far each step moves every changed pixel back to its clean value; the larger, the fewer pixels change",
                min = 0)
        double beta,

        @Explained("Whether an example is finished when its loss no longer falls")
        boolean abortEarly)
        implements MinimalNormAttack<DifferentiableClassifier> {
    private static final Loss LOSS = new Margin();

    public ElasticNet {
        Require.atLeast(1, searchSteps, "The elastic-net attack", "search step");
        Require.atLeast(1, steps, "The elastic-net attack", "step");
        Require.above(0, learningRate, "The learning rate of the elastic-net attack");
        Require.above(0, initialConstant, "The initial constant of the elastic-net attack");
        Require.atLeast(0, beta, "The beta of the elastic-net attack");
    }

    /**
     * Returns the method with 9 values of c from 0.001 on, 1000 steps each with a learning rate of 0.01, and a beta of
     * 0.01.
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
        double[] lossBefore = new double[rows.length];
        Arrays.fill(lossBefore, Double.POSITIVE_INFINITY);
        boolean[] found = new boolean[rows.length];
        int[] moving = IntStream.range(0, rows.length).toArray();
        Problem standing = attacked;
        float[] x = attacked.clean().pixels();
        float[] ahead = x;
        int tenth = (steps + 9) / 10;
        for (int step = 0; step < steps && moving.length > 0; step++) {
            Batch clean = standing.clean();
            Gradient gradient = model.gradient(clean.withPixels(ahead), standing.objective(LOSS, clean));
            float[] next = new float[x.length];
            float[] nextAhead = new float[x.length];
            for (int i = 0; i < moving.length; i++) {
                if (standing.isMet(gradient.logits(), i) && isInBox(ahead, i * length, length)) {
                    found[moving[i]] = true;
                    findings.keep(rows[moving[i]], ahead, i);
                }
                double weight = gradient.losses()[i] < 0 ? constants.at(moving[i]) : 0;
                for (int p = i * length; p < (i + 1) * length; p++) {
                    double slope = 2.0 * (ahead[p] - clean.pixels()[p]) - weight * gradient.pixels()[p];
                    next[p] = (float) shrunk(ahead[p] - learningRate(step) * slope, clean.pixels()[p], beta);
                    nextAhead[p] = (float) (next[p] + momentum(step) * (next[p] - x[p]));
                }
            }
            Logits logits = model.logits(clean.withPixels(next));
            boolean[] goesOn = new boolean[moving.length];
            for (int i = 0; i < moving.length; i++) {
                int row = moving[i];
                if (standing.isMet(logits, i)) {
                    found[row] = true;
                    findings.keep(rows[row], next, i);
                }
                goesOn[i] = gradient.logits().isFinite(i) && logits.isFinite(i);
                if (abortEarly && step % tenth == 0) {
                    double loss = loss(standing, next, logits, i, constants.at(row));
                    goesOn[i] &= loss <= .9999 * lossBefore[row];
                    lossBefore[row] = loss;
                }
            }
            x = next;
            ahead = nextAhead;
            int[] left =
                    IntStream.range(0, moving.length).filter(i -> goesOn[i]).toArray();
            if (left.length < moving.length) {
                moving = RowSelection.select(moving, left);
                standing = standing.select(left);
                x = RowSelection.select(x, left, length);
                ahead = RowSelection.select(ahead, left, length);
            }
        }
        return found;
    }

    /** Returns the learning rate, which falls with the square root of the steps left. */
    double learningRate(int step) {
        return learningRate * Math.sqrt(1 - (double) step / steps);
    }

    /** Returns how far beyond x the next gradient is taken, as a share of the last step. */
    static double momentum(int step) {
        return step / (step + 3.0);
    }

    /** Moves a pixel by beta towards its clean value, but not past it, and into the box. */
    static double shrunk(double pixel, double clean, double beta) {
        if (pixel - clean > beta) {
            return Math.min(pixel - beta, 1);
        }
        if (pixel - clean < -beta) {
            return Math.max(pixel + beta, 0);
        }
        return clean;
    }

    /** Computes what is minimised for one example. */
    private double loss(Problem standing, float[] x, Logits logits, int i, double constant) {
        int length = standing.clean().shape().size();
        float[] clean = standing.clean().pixels();
        int label = standing.clean().labels()[i];
        Criterion criterion = standing.criterion();
        double margin =
                criterion.objective(LOSS, label).value(logits.values(), i * logits.classes(), logits.classes(), label);
        double euclidean = Norm.L2.distance(clean, x, i * length, length);
        return euclidean * euclidean
                + beta * Norm.L1.distance(clean, x, i * length, length)
                + constant * Math.max(-margin, 0);
    }

    private static boolean isInBox(float[] pixels, int offset, int length) {
        for (int p = offset; p < offset + length; p++) {
            if (!(pixels[p] >= 0 && pixels[p] <= 1)) {
                return false;
            }
        }
        return true;
    }
}

package com.example;

import dev.gauntlet.attack.FixedBudgetAttack;
import dev.gauntlet.attack.Passes;
import dev.gauntlet.attack.kit.Findings;
import dev.gauntlet.attack.kit.OptionMeaning;
import dev.gauntlet.attack.kit.Problem;
import dev.gauntlet.attack.kit.Require;
import dev.gauntlet.attack.kit.RowSelection;
import dev.gauntlet.data.Batch;
import dev.gauntlet.loss.CrossEntropy;
import dev.gauntlet.loss.Loss;
import dev.gauntlet.model.Classifier;
import dev.gauntlet.model.Logits;
import dev.gauntlet.threat.Norm;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/**
 * The simple black-box attack in the pixel basis: changes one random pixel at a time by plus or minus a step, and keeps the
 * first of the two changes that makes the true class less probable, {@code p(y | x +- alpha * q) < p(y | x)}.
 *
 * <p>Guo, Gardner, You, Wilson and Weinberger, "Simple Black-box Adversarial Attacks", ICML 2019,
 * <a href="https://arxiv.org/abs/1905.07121">arXiv:1905.07121</a>, algorithm 1. The pixels are drawn without replacement;
 * after the last one, they are drawn again in a new order. The paper bounds the change by the number of steps; here every
 * candidate is projected onto the ball of the budget and the box [0,1].
 *
 * <p>L-infinity and L2, untargeted and targeted. The search for an example ends at the first success.
 *
 * <p>Cost: one forward pass, and at most two forward passes per step and budget.
 *
 * <p>Example: {@code new SimBa(500, 0.2).prepare(model, Problem.of(batch, Norm.L2)).within(2)}.
 *
 * @param steps the largest number of pixels tried, at least 1; a pixel may be tried again after all others
 * @param stepSize the step size alpha in pixel units, in (0,1]
 */
public record SimBa(
        @OptionMeaning(value = "The largest number of pixels tried", min = 1)
        int steps,

        @OptionMeaning(value = "The change of a pixel, where black is 0 and white is 1", above = 0, max = 1)
        double stepSize)
        implements FixedBudgetAttack<Classifier> {
    public SimBa {
        Require.atLeast(1, steps, "SimBA", "step");
        Require.positiveShare(stepSize, "The step size of SimBA, in pixel units,");
    }

    /** Creates the attack with 1000 steps and the step size 0.2 of the paper; {@code ServiceLoader} calls this constructor. */
    public SimBa() {
        this(1000, 0.2);
    }

    @Override
    public String name() {
        return "simba";
    }

    @Override
    public String title() {
        return "SimBA";
    }

    @Override
    public String meaning() {
        return "simple black-box attack, one pixel at a time";
    }

    @Override
    public Set<Norm> norms() {
        return EnumSet.of(Norm.LINF, Norm.L2);
    }

    @Override
    public Passes passes(Norm norm, List<Double> epsilons, int classes) {
        return Passes.forwards(1 + 2L * steps * epsilons.size());
    }

    @Override
    public void search(Classifier model, Problem problem, double epsilon, Findings findings) {
        Walk walk = new Walk(model, problem, epsilon, findings);
        for (int step = 0; step < steps; step++) {
            int[] rows = findings.open();
            if (rows.length == 0) {
                return;
            }
            int[] pixels = walk.draw(rows, step);
            int[] rejected = walk.move(rows, pixels, (float) stepSize);
            if (rejected.length > 0) {
                walk.move(rejected, pixels, (float) -stepSize);
            }
        }
    }

    /** The current point of every example of a problem. */
    private static final class Walk {
        private final Classifier model;
        private final Problem problem;
        private final double epsilon;
        private final Findings findings;
        private final int length;
        private final float[] points;
        private final double[] losses;
        private final int[][] orders;

        Walk(Classifier model, Problem problem, double epsilon, Findings findings) {
            this.model = model;
            this.problem = problem;
            this.epsilon = epsilon;
            this.findings = findings;
            length = problem.clean().shape().size();
            points = problem.clean().pixels().clone();
            losses = losses(problem.clean(), findings.cleanLogits());
            orders = new int[problem.size()][];
        }

        /** Draws the pixel of a step for some examples; the result has an entry for every example of the problem. */
        int[] draw(int[] rows, int step) {
            int[] pixels = new int[problem.size()];
            for (int row : rows) {
                if (step % length == 0) {
                    orders[row] = permutation(
                            length, problem.randomness(row).with(step / length).generator());
                }
                pixels[row] = orders[row][step % length];
            }
            return pixels;
        }

        /** Changes a pixel of some examples, keeps the changes that help, and returns the rows of the others. */
        int[] move(int[] rows, int[] pixels, float change) {
            Batch clean = problem.clean().select(rows);
            float[] candidates = RowSelection.select(points, rows, length);
            for (int i = 0; i < rows.length; i++) {
                candidates[i * length + pixels[rows[i]]] += change;
                problem.norm().project(clean.pixels(), candidates, i * length, length, epsilon);
            }
            Logits logits = model.logits(clean.withPixels(candidates));
            double[] reached = losses(clean, logits);
            return IntStream.of(findings.keep(rows, candidates, logits))
                    .filter(i -> !accept(rows[i], candidates, i, reached[i]))
                    .map(i -> rows[i])
                    .toArray();
        }

        private boolean accept(int row, float[] candidates, int candidate, double loss) {
            if (!(loss > losses[row])) {
                return false;
            }
            losses[row] = loss;
            System.arraycopy(candidates, candidate * length, points, row * length, length);
            return true;
        }

        /** The cross-entropy increases as the probability of the true class, or of all but the target, decreases. */
        private double[] losses(Batch batch, Logits logits) {
            IntFunction<Loss> objective = problem.objective(new CrossEntropy(), batch);
            int classes = logits.classes();
            return IntStream.range(0, batch.size())
                    .mapToDouble(
                            i -> objective.apply(i).value(logits.values(), i * classes, classes, batch.labels()[i]))
                    .toArray();
        }

        private static int[] permutation(int length, SplittableRandom random) {
            int[] order = IntStream.range(0, length).toArray();
            for (int i = length - 1; i > 0; i--) {
                int other = random.nextInt(i + 1);
                int pixel = order[i];
                order[i] = order[other];
                order[other] = pixel;
            }
            return order;
        }
    }
}

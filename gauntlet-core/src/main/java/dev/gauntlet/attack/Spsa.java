package dev.gauntlet.attack;

import dev.gauntlet.attack.kit.Findings;
import dev.gauntlet.attack.kit.OptionMeaning;
import dev.gauntlet.attack.kit.Problem;
import dev.gauntlet.attack.kit.Require;
import dev.gauntlet.attack.kit.RowSelection;
import dev.gauntlet.data.Batch;
import dev.gauntlet.loss.Loss;
import dev.gauntlet.loss.Margin;
import dev.gauntlet.model.Classifier;
import dev.gauntlet.model.Logits;
import dev.gauntlet.threat.Norm;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/**
 * SPSA, simultaneous perturbation stochastic approximation: ascends the margin with Adam along a gradient
 * estimated from the logits of pairs of images on opposite sides of the current one.
 *
 * <p>Uesato, O'Donoghue, van den Oord and Kohli, "Adversarial Risk and the Dangers of Evaluating Against Weak Attacks", ICML
 * 2018, <a href="https://arxiv.org/abs/1802.05666">arXiv:1802.05666</a>, algorithm 1. As in the authors' code in
 * CleverHans, the images of a pair are {@code x + delta * v} and {@code x - delta * v} with signs v, and may be outside ball
 * and box by delta; only the current image, which is always inside, can be a success.
 *
 * <p>L-infinity, untargeted and targeted. The search for an example ends at the first success.
 *
 * <p>Cost: per step, two forward passes per sample and one more; one forward pass in total.
 *
 * <p>Example: {@code new Spsa(100, 2048, 0.01, 0.01).prepare(model, Problem.of(batch, Norm.LINF)).within(0.3)}.
 *
 * @param steps the number of steps, at least 1
 * @param samples the number of pairs of images per gradient estimate, at least 1
 * @param delta the change of each pixel in the images of a pair, above 0
 * @param learningRate the approximate largest change of a pixel per step, above 0
 */
public record Spsa(
        @OptionMeaning(value = "The number of steps", min = 1)
        int steps,

        @OptionMeaning(value = "The number of pairs of images per gradient estimate", min = 1)
        int samples,

        @OptionMeaning(value = "The change of each pixel in the images of a pair", above = 0, max = 1)
        double delta,

        @OptionMeaning(value = "The approximate largest change of a pixel per step", above = 0, max = 1)
        double learningRate)
        implements FixedBudgetAttack<Classifier> {
    /** The largest batch size of the queries. */
    private static final int IMAGES_PER_QUESTION = 1024;

    public Spsa {
        Require.atLeast(1, steps, "SPSA", "step");
        Require.atLeast(1, samples, "SPSA", "sample");
        Require.positiveShare(delta, "The delta of SPSA, a change of pixels,");
        Require.positiveShare(learningRate, "The learning rate of SPSA, a change of pixels,");
    }

    /**
     * Returns the configuration with 100 steps and, as in the authors' code, 128 samples, a delta of 0.01 and a learning
     * rate of 0.01. More samples make the attack stronger.
     *
     * @return the attack
     */
    public static Spsa defaults() {
        return new Spsa(100, 128, 0.01, 0.01);
    }

    @Override
    public String name() {
        return "spsa";
    }

    @Override
    public String title() {
        return "SPSA";
    }

    @Override
    public String meaning() {
        return "simultaneous perturbation stochastic approximation";
    }

    @Override
    public Set<Norm> norms() {
        return EnumSet.of(Norm.LINF);
    }

    @Override
    public Passes passes(Norm norm, List<Double> epsilons, int classes) {
        return Passes.forwards(1 + steps * (2L * samples + 1) * epsilons.size());
    }

    @Override
    public void search(Classifier model, Problem problem, double epsilon, Findings findings) {
        int[] rows = findings.open();
        Batch x = problem.clean().select(rows);
        List<Climber> climbers =
                IntStream.of(rows).mapToObj(row -> new Climber(problem, row)).toList();
        for (int step = 1; step <= steps && rows.length > 0; step++) {
            estimateGradients(model, x, climbers);
            for (int i = 0; i < rows.length; i++) {
                climbers.get(i).climb(step, x.pixels(), i, epsilon);
            }
            int[] standing = findings.keep(rows, x.pixels(), model.logits(x));
            if (standing.length < rows.length) {
                rows = RowSelection.select(rows, standing);
                x = x.select(standing);
                climbers = IntStream.of(standing).mapToObj(climbers::get).toList();
            }
        }
    }

    private void estimateGradients(Classifier model, Batch x, List<Climber> climbers) {
        int together = Math.max(1, Math.min(samples, IMAGES_PER_QUESTION / (2 * x.size())));
        int done = 0;
        while (done < samples) {
            int pairs = Math.min(together, samples - done);
            int[] rows = IntStream.range(0, 2 * pairs * x.size())
                    .map(image -> image / (2 * pairs))
                    .toArray();
            Batch images = x.select(rows);
            for (int image = 0; image < rows.length; image += 2) {
                climbers.get(rows[image]).drawPair(images.pixels(), image);
            }
            Logits logits = model.logits(images);
            for (int image = 0; image < rows.length; image += 2) {
                climbers.get(rows[image]).learn(images.pixels(), image, logits);
            }
            done += pairs;
        }
    }

    /** The state of the ascent for one example. */
    private final class Climber {
        private static final double DECAY_OF_MEAN = 0.9;
        private static final double DECAY_OF_SQUARE = 0.999;
        private static final double SMALLEST_ROOT = 1e-8;

        private final float[] clean;
        private final int label;
        private final Loss objective;
        private final SplittableRandom random;
        private final double[] gradient;
        private final double[] mean;
        private final double[] square;

        Climber(Problem problem, int row) {
            int length = problem.clean().shape().size();
            this.clean = Arrays.copyOfRange(problem.clean().pixels(), row * length, (row + 1) * length);
            this.label = problem.clean().labels()[row];
            this.objective = problem.criterion().objective(new Margin(), label);
            this.random = problem.randomness(row).generator();
            this.gradient = new double[length];
            this.mean = new double[length];
            this.square = new double[length];
        }

        /** Moves two copies of the current image in opposite directions. */
        void drawPair(float[] images, int image) {
            int plus = image * clean.length;
            int minus = plus + clean.length;
            long signs = 0;
            for (int i = 0; i < clean.length; i++) {
                if (i % Long.SIZE == 0) {
                    signs = random.nextLong();
                }
                float change = (float) ((signs & 1) == 0 ? delta : -delta);
                signs >>>= 1;
                images[plus + i] += change;
                images[minus + i] -= change;
            }
        }

        /** Adds {@code (f(x + delta * v) - f(x - delta * v)) / (2 * delta * v)} of a pair to the gradient. */
        void learn(float[] images, int image, Logits logits) {
            if (!logits.isFinite(image) || !logits.isFinite(image + 1)) {
                return;
            }
            double slope = (loss(logits, image) - loss(logits, image + 1)) / (2 * delta);
            int plus = image * clean.length;
            int minus = plus + clean.length;
            for (int i = 0; i < clean.length; i++) {
                gradient[i] += images[plus + i] > images[minus + i] ? slope : -slope;
            }
        }

        private double loss(Logits logits, int image) {
            return objective.value(logits.values(), image * logits.classes(), logits.classes(), label);
        }

        /** Takes a step of Adam and projects it onto ball and box. */
        void climb(int step, float[] x, int row, double epsilon) {
            int offset = row * clean.length;
            double meanSoFar = 1 - StrictMath.pow(DECAY_OF_MEAN, step);
            double squareSoFar = 1 - StrictMath.pow(DECAY_OF_SQUARE, step);
            float[] moved = Arrays.copyOfRange(x, offset, offset + clean.length);
            for (int i = 0; i < clean.length; i++) {
                double slope = gradient[i] / samples;
                mean[i] = DECAY_OF_MEAN * mean[i] + (1 - DECAY_OF_MEAN) * slope;
                square[i] = DECAY_OF_SQUARE * square[i] + (1 - DECAY_OF_SQUARE) * slope * slope;
                double root = Math.sqrt(square[i] / squareSoFar);
                moved[i] += (float) (learningRate * (mean[i] / meanSoFar) / (root + SMALLEST_ROOT));
            }
            Norm.LINF.project(clean, moved, 0, clean.length, epsilon);
            System.arraycopy(moved, 0, x, offset, clean.length);
            Arrays.fill(gradient, 0);
        }
    }
}

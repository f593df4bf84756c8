package dev.gauntlet.attack;

import dev.gauntlet.attack.kit.Findings;
import dev.gauntlet.attack.kit.OptionMeaning;
import dev.gauntlet.attack.kit.Problem;
import dev.gauntlet.attack.kit.Require;
import dev.gauntlet.attack.kit.RowSelection;
import dev.gauntlet.data.Batch;
import dev.gauntlet.data.ImageShape;
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
 * Salt and pepper noise: random pixels become white or black, increasingly many until a success, and then fewer again; a
 * baseline that every real attack must beat.
 *
 * <p>Like the salt and pepper attack of Foolbox: the share p of pixels increases from 0 to 1; a success sets the range to
 * p/2 to 1.2p for the remaining steps, and p restarts at the end of its range. Differences: the distance of a success is
 * measured from the clean example in the norm of the problem, while Foolbox uses the Euclidean norm of the image itself;
 * noise that is not closer than the best success is skipped.
 *
 * <p>L0, L1 and L2, untargeted and targeted.
 *
 * <p>Cost: at most one forward pass per step, and one forward pass in total.
 *
 * <p>Example: {@code SaltAndPepper.defaults().nearest(model, Problem.of(batch, Norm.L0))}.
 *
 * @param steps the number of draws, at least 1
 * @param acrossChannels whether all channels of a pixel become white or black together
 */
public record SaltAndPepper(
        @OptionMeaning(value = "The largest number of draws of noise", min = 1)
        int steps,

        @OptionMeaning("Whether all channels of a pixel become white or black together")
        boolean acrossChannels)
        implements MinimalNormAttack<Classifier> {
    public SaltAndPepper {
        Require.atLeast(1, steps, "Salt and pepper noise", "step");
    }

    /**
     * Returns the configuration with the 1000 steps of Foolbox, and the same noise in all channels.
     *
     * @return the attack
     */
    public static SaltAndPepper defaults() {
        return new SaltAndPepper(1000, true);
    }

    @Override
    public String name() {
        return "salt-and-pepper";
    }

    @Override
    public String title() {
        return "Salt and pepper noise";
    }

    @Override
    public String meaning() {
        return "random black and white pixels";
    }

    @Override
    public boolean isBaseline() {
        return true;
    }

    @Override
    public boolean isDecisionBased() {
        return true;
    }

    @Override
    public Set<Norm> norms() {
        return EnumSet.of(Norm.L0, Norm.L1, Norm.L2);
    }

    @Override
    public Passes passes(Norm norm, List<Double> epsilons, int classes) {
        return Passes.forwards(1L + steps);
    }

    @Override
    public void search(Classifier model, Problem problem, Findings findings) {
        Batch clean = problem.clean();
        int length = clean.shape().size();
        List<Shaker> shakers = IntStream.of(findings.attacked())
                .mapToObj(row -> new Shaker(problem, row))
                .toList();
        float[] drawn = new float[shakers.size() * length];
        for (int step = 0; step < steps; step++) {
            int[] asked = new int[shakers.size()];
            int questions = 0;
            for (int i = 0; i < asked.length; i++) {
                Shaker shaker = shakers.get(i);
                shaker.draw(drawn, questions * length);
                if (shaker.distance > 0 && shaker.distance < findings.distance(shaker.row)) {
                    asked[questions++] = i;
                }
            }
            boolean[] nearer = new boolean[asked.length];
            if (questions > 0) {
                int[] rows = Arrays.stream(asked, 0, questions)
                        .map(i -> shakers.get(i).row)
                        .toArray();
                float[] candidates = Arrays.copyOf(drawn, questions * length);
                Logits logits = model.logits(new Batch(
                        clean.shape(),
                        RowSelection.select(clean.ids(), rows),
                        RowSelection.select(clean.labels(), rows),
                        candidates));
                for (int question = 0; question < questions; question++) {
                    nearer[asked[question]] = findings.isSuccess(rows[question], logits, question)
                            && findings.keep(rows[question], candidates, question);
                }
            }
            for (int i = 0; i < asked.length; i++) {
                shakers.get(i).advance(nearer[i], steps - step);
            }
        }
    }

    /** The schedule of the noise for an example. */
    private final class Shaker {
        private final int row;
        private final ImageShape shape;
        private final Norm norm;
        private final float[] clean;
        private final SplittableRandom random;
        private double share = 1.0 / steps;
        private double lowest = 0;
        private double highest = 1;
        private double growth = share;
        private double distance;

        Shaker(Problem problem, int row) {
            int length = problem.clean().shape().size();
            this.row = row;
            this.shape = problem.clean().shape();
            this.norm = problem.norm();
            this.clean = Arrays.copyOfRange(problem.clean().pixels(), row * length, (row + 1) * length);
            this.random = problem.randomness(row).generator();
        }

        /** Draws an image with noise and records its distance from the clean one. */
        void draw(float[] images, int offset) {
            int area = shape.height() * shape.width();
            float[] image = clean.clone();
            int draws = acrossChannels ? area : image.length;
            for (int i = 0; i < draws; i++) {
                double drawn = random.nextDouble();
                if (drawn < share / 2 || drawn >= 1 - share / 2) {
                    float colour = drawn < share / 2 ? 0 : 1;
                    for (int pixel = i; pixel < image.length; pixel += draws) {
                        image[pixel] = colour;
                    }
                }
            }
            distance = norm.distance(clean, image, 0, image.length);
            System.arraycopy(image, 0, images, offset, image.length);
        }

        /** Sets the share of the next noise. */
        void advance(boolean nearer, int stepsLeft) {
            boolean atTheEnd = share == highest;
            if (nearer) {
                lowest = share / 2;
                // slightly more, because the distance depends not only on the share
                highest = Math.min(1, 1.2 * share);
                growth = (highest - lowest) / stepsLeft;
            }
            if (nearer || atTheEnd) {
                share = lowest;
            }
            share = Math.min(share + growth, highest);
        }
    }
}

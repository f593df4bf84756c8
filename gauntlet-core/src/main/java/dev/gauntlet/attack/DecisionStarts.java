package dev.gauntlet.attack;

import dev.gauntlet.attack.kit.Problem;
import dev.gauntlet.attack.kit.RowSelection;
import dev.gauntlet.data.ImageShape;
import dev.gauntlet.threat.Norm;
import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * Where attacks begin that hear nothing of an image but its class: at noise which is what the adversary wants, blended with
 * the clean example as far as that lasts.
 *
 * <p>As in the code of the HopSkipJump attack, noise images are drawn until one is a success, and a binary search finds how
 * little of it suffices. There each pixel is uniform; but a model often takes all such images for one class, and then
 * they lead neither away from that class nor to any other. So here every second one consists of squares of a random size,
 * each black or white in each channel, with a random share of white.
 *
 * @param rows the rows in the problem of the examples for which a start was found, in growing order
 * @param pixels the starts, one after the other; each is a success
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record DecisionStarts(int[] rows, float[] pixels) {
    /** The binary search ends when the share of noise is known to this. */
    private static final double PRECISION = 0.001;

    /**
     * Looks for the starts of some examples together.
     *
     * <p>Cost: at most as many forward passes as noise images are tried, and 10.
     *
     * @param rows the rows of the examples in the problem, in growing order
     * @param draws how many noise images are tried for an example
     */
    static DecisionStarts find(DecisionOracle decisions, Problem problem, int[] rows, int draws) {
        int length = problem.clean().shape().size();
        float[] noise = new float[problem.clean().pixels().length];
        boolean[] found = new boolean[problem.size()];
        int[] searching = rows;
        int drawn = 0;
        while (drawn < draws && searching.length > 0) {
            // one at first, which often suffices, then each time as many as were tried before
            int tried = Math.min(Math.max(1, drawn), draws - drawn);
            draw(decisions, problem, searching, drawn, tried, noise, found);
            searching = Arrays.stream(searching).filter(row -> !found[row]).toArray();
            drawn += tried;
        }
        int[] started = Arrays.stream(rows).filter(row -> found[row]).toArray();
        float[] starts = RowSelection.select(noise, started, length);
        return new DecisionStarts(
                started, BoundaryBisection.run(decisions, problem, Norm.L2, started, starts, PRECISION));
    }

    /** Tries some noise images for each example and keeps the first success. */
    private static void draw(
            DecisionOracle decisions,
            Problem problem,
            int[] rows,
            int drawn,
            int tried,
            float[] noise,
            boolean[] found) {
        ImageShape shape = problem.clean().shape();
        decisions.ask(
                RowSelection.repeat(rows, tried),
                (number, images, offset) -> {
                    int draw = drawn + number % tried;
                    SplittableRandom random = problem.randomness(rows[number / tried])
                            .with("noise")
                            .with(draw)
                            .generator();
                    if (draw % 2 == 0) {
                        uniform(random, images, offset, shape.size());
                    } else {
                        squares(random, shape, images, offset);
                    }
                },
                (number, images, offset, wanted) -> {
                    int row = rows[number / tried];
                    if (wanted && !found[row]) {
                        found[row] = true;
                        System.arraycopy(images, offset, noise, row * shape.size(), shape.size());
                    }
                });
    }

    private static void uniform(SplittableRandom random, float[] images, int offset, int length) {
        for (int i = offset; i < offset + length; i++) {
            images[i] = (float) random.nextDouble();
        }
    }

    /** Draws squares, of a third of the longer side at most, that are black or white in each channel. */
    private static void squares(SplittableRandom random, ImageShape shape, float[] images, int offset) {
        int longest = Math.max(shape.height(), shape.width());
        int side = 1 + random.nextInt((longest + 2) / 3);
        double white = random.nextDouble();
        int across = (shape.width() + side - 1) / side;
        int down = (shape.height() + side - 1) / side;
        for (int channel = 0; channel < shape.channels(); channel++) {
            boolean[] isWhite = new boolean[down * across];
            for (int square = 0; square < isWhite.length; square++) {
                isWhite[square] = random.nextDouble() < white;
            }
            for (int y = 0; y < shape.height(); y++) {
                for (int x = 0; x < shape.width(); x++) {
                    int pixel = (channel * shape.height() + y) * shape.width() + x;
                    images[offset + pixel] = isWhite[y / side * across + x / side] ? 1 : 0;
                }
            }
        }
    }
}

package dev.gauntlet.attack;

import dev.gauntlet.attack.kit.Problem;
import dev.gauntlet.attack.kit.RowSelection;
import dev.gauntlet.data.ImageShape;
import dev.gauntlet.threat.Norm;
import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * The starting points of decision-based attacks: noise that is a success, blended with the clean example as far as it
 * remains a success.
 *
 * <p>As in the code of the HopSkipJump attack, noise images are drawn until one is a success, and a binary search finds the
 * smallest sufficient share of noise. That code uses uniform pixels, but many models assign all such images to one class,
 * so that other classes are never reached. Therefore every second image here consists of squares of a random size, each
 * black or white in each channel, with a random share of white.
 *
 * @param rows the rows in the problem of the examples with a start, in ascending order
 * @param pixels the starts, one after the other; each is a success
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record DecisionStarts(int[] rows, float[] pixels) {
    /** The precision of the share of noise in the binary search. */
    private static final double PRECISION = 0.001;

    /**
     * Searches for starting points of several examples.
     *
     * <p>Cost: at most one forward pass per noise image, and 10.
     *
     * @param rows the rows of the examples in the problem, in ascending order
     * @param draws the largest number of noise images per example
     */
    static DecisionStarts find(DecisionOracle decisions, Problem problem, int[] rows, int draws) {
        int length = problem.clean().shape().size();
        float[] noise = new float[problem.clean().pixels().length];
        boolean[] found = new boolean[problem.size()];
        int[] searching = rows;
        int drawn = 0;
        while (drawn < draws && searching.length > 0) {
            // one at first, which is often enough, then twice as many in total each time
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

    /** Draws squares, at most a third of the longer side in size, that are black or white in each channel. */
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

package dev.gauntlet.threat;

import java.util.SplittableRandom;

/** Random numbers whose bits depend neither on the machine nor on the Java version. */
final class Draw {
    private Draw() {}

    /** Draws a number uniformly from [-1,1). */
    static double symmetric(SplittableRandom random) {
        return 2 * random.nextDouble() - 1;
    }

    /** Draws an exponentially distributed number with mean 1. */
    static double exponential(SplittableRandom random) {
        return -StrictMath.log(1 - random.nextDouble());
    }

    /**
     * Draws normally distributed numbers with mean 0 and variance 1 by the polar method of Marsaglia, which gives two
     * at a time.
     */
    static void normal(SplittableRandom random, float[] target, int offset, int length) {
        for (int i = 0; i < length; i += 2) {
            double x;
            double y;
            double square;
            do {
                x = symmetric(random);
                y = symmetric(random);
                square = x * x + y * y;
            } while (square >= 1 || square == 0);
            double factor = Math.sqrt(-2 * StrictMath.log(square) / square);
            target[offset + i] = (float) (x * factor);
            if (i + 1 < length) {
                target[offset + i + 1] = (float) (y * factor);
            }
        }
    }
}

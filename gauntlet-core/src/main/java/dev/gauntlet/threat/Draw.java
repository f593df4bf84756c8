package dev.gauntlet.threat;

import java.util.SplittableRandom;

/**
 * Draws random numbers whose bits depend neither on the machine nor on the Java version, as those of
 * {@link java.util.random.RandomGenerator#nextGaussian} do.
 *
 * <p>Example: {@code Draw.normal(RandomKey.of(seed).with(id).generator(), noise)}.
 */
public final class Draw {
    private Draw() {}

    /**
     * Draws a number uniformly from [-1,1).
     *
     * @param random the random number generator
     * @return the number
     */
    public static double symmetric(SplittableRandom random) {
        return 2 * random.nextDouble() - 1;
    }

    /**
     * Draws an exponentially distributed number with mean 1.
     *
     * @param random the random number generator
     * @return the number
     */
    public static double exponential(SplittableRandom random) {
        return -StrictMath.log(1 - random.nextDouble());
    }

    /**
     * Draws normally distributed numbers with mean 0 and variance 1 by the polar method of Marsaglia, which gives two at a
     * time.
     *
     * @param random the random number generator
     * @param target receives the numbers
     */
    public static void normal(SplittableRandom random, double[] target) {
        for (int i = 0; i < target.length; i += 2) {
            double x;
            double y;
            double square;
            do {
                x = symmetric(random);
                y = symmetric(random);
                square = x * x + y * y;
            } while (square >= 1 || square == 0);
            double factor = Math.sqrt(-2 * StrictMath.log(square) / square);
            target[i] = x * factor;
            if (i + 1 < target.length) {
                target[i + 1] = y * factor;
            }
        }
    }

    static void normal(SplittableRandom random, float[] target, int offset, int length) {
        double[] numbers = new double[length];
        normal(random, numbers);
        for (int i = 0; i < length; i++) {
            target[offset + i] = (float) numbers[i];
        }
    }
}

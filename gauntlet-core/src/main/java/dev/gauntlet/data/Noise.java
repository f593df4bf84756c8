package dev.gauntlet.data;

import java.util.SplittableRandom;

/** Random numbers whose bits do not depend on the Java version. */
final class Noise {
    private static final double SQUARE_ROOT_OF_3 = 1.7320508075688772;

    private Noise() {}

    /**
     * Draws an approximately normal number with mean 0 and variance 1, from -3.47 to 3.47, as the sum of four uniform
     * numbers.
     */
    static double normal(SplittableRandom random) {
        double sum = random.nextDouble() + random.nextDouble() + random.nextDouble() + random.nextDouble();
        return SQUARE_ROOT_OF_3 * (sum - 2);
    }
}

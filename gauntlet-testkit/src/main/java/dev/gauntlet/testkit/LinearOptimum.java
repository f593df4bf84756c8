package dev.gauntlet.testkit;

import dev.gauntlet.threat.Norm;
import java.util.Comparator;
import java.util.stream.IntStream;

/**
 * The largest growth of a linear function of an image within ball and box, and the distance to its zero; slow and simple.
 *
 * <p>The pixels contribute independently, so the optima are: the largest change of every pixel (L-infinity), the best pixels
 * first (L1 and L0), a multiple of the slope clipped to the box (L2).
 */
public final class LinearOptimum {
    private LinearOptimum() {}

    /**
     * Computes the largest growth of slope times x within the distance epsilon of x.
     *
     * @param norm the norm
     * @param slope one number per pixel
     * @param x the pixels
     * @param epsilon the distance
     * @return the growth
     */
    public static double growth(Norm norm, double[] slope, float[] x, double epsilon) {
        // each pixel moves in one direction only, and at most to the limit of the box
        double[] room = IntStream.range(0, x.length)
                .mapToDouble(i -> slope[i] > 0 ? 1 - x[i] : x[i])
                .toArray();
        double[] gain = IntStream.range(0, x.length)
                .mapToDouble(i -> Math.abs(slope[i]))
                .toArray();
        switch (norm) {
            case LINF -> {
                double sum = 0;
                for (int i = 0; i < x.length; i++) {
                    sum += gain[i] * Math.min(epsilon, room[i]);
                }
                return sum;
            }
            case L2 -> {
                double low = 0;
                double high = 1e6;
                for (int halving = 0; halving < 100; halving++) {
                    double factor = (low + high) / 2;
                    double squares = 0;
                    for (int i = 0; i < x.length; i++) {
                        double step = Math.min(factor * gain[i], room[i]);
                        squares += step * step;
                    }
                    if (squares > epsilon * epsilon) {
                        high = factor;
                    } else {
                        low = factor;
                    }
                }
                double sum = 0;
                for (int i = 0; i < x.length; i++) {
                    sum += gain[i] * Math.min(low * gain[i], room[i]);
                }
                return sum;
            }
            case L1 -> {
                double left = epsilon;
                double sum = 0;
                for (int i : sorted(gain)) {
                    double step = Math.min(left, room[i]);
                    sum += gain[i] * step;
                    left -= step;
                }
                return sum;
            }
            case L0 -> {
                double[] whole = IntStream.range(0, x.length)
                        .mapToDouble(i -> gain[i] * room[i])
                        .toArray();
                int[] best = sorted(whole);
                return IntStream.range(0, (int) Math.min(epsilon, x.length))
                        .mapToDouble(i -> whole[best[i]])
                        .sum();
            }
        }
        throw new AssertionError(norm);
    }

    /**
     * Computes the smallest distance at which slope times x grows by an amount.
     *
     * @param norm the norm
     * @param slope one number per pixel: for the margin between two classes, the difference of their weights
     * @param x the pixels
     * @param amount the amount
     * @return the distance; infinite if this is impossible within the box
     */
    public static double distance(Norm norm, double[] slope, float[] x, double amount) {
        double largest = norm.largest(x.length);
        if (growth(norm, slope, x, largest) < amount) {
            return Double.POSITIVE_INFINITY;
        }
        if (norm == Norm.L0) {
            return IntStream.rangeClosed(0, x.length)
                    .filter(changes -> growth(norm, slope, x, changes) >= amount)
                    .findFirst()
                    .orElseThrow();
        }
        double low = 0;
        double high = largest;
        for (int halving = 0; halving < 60; halving++) {
            double epsilon = (low + high) / 2;
            if (growth(norm, slope, x, epsilon) < amount) {
                low = epsilon;
            } else {
                high = epsilon;
            }
        }
        return high;
    }

    private static int[] sorted(double[] values) {
        return IntStream.range(0, values.length)
                .boxed()
                .sorted(Comparator.comparingDouble(i -> -values[i]))
                .mapToInt(Integer::intValue)
                .toArray();
    }
}

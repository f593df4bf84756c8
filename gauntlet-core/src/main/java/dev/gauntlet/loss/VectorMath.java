package dev.gauntlet.loss;

import java.util.Arrays;

/**
 * Sums, exponentials and logarithms in 32-bit floats, with the roundings of PyTorch's vector code.
 *
 * <p>PyTorch uses the functions of SLEEF, whose errors are below 1 unit in the last place: Shibata and Petrogalli,
 * "SLEEF: A Portable Vectorized Library of C Standard Mathematical Functions", IEEE Transactions on Parallel and
 * Distributed Systems 2020, <a href="https://arxiv.org/abs/2001.09258">arXiv:2001.09258</a>. The polynomials here have
 * the same coefficients and the same fused multiplications, so all bits agree on a processor with fused multiply-add.
 */
final class VectorMath {
    private static final float INVERSE_OF_LN2 = 1.442695f;

    /** The natural logarithm of 2 in two parts, of which the first has few digits, so that its multiples are exact. */
    private static final float LN2_UPPER = 0.69314575f;

    private static final float LN2_LOWER = 1.4286068E-6f;

    /** The same to twice the precision of a float. */
    private static final float LN2 = 0.6931472f;

    private static final float LN2_REST = -1.9046542E-9f;

    /** The coefficients of the exponential from the highest power down to the square. */
    private static final float[] EXPONENTIAL = {
        1.9852762E-4f, 0.0013930436f, 0.008333361f, 0.041666485f, 0.16666667f, 0.5f
    };

    /** The coefficients of the logarithm's odd powers, from the seventh down to the third. */
    private static final float[] LOGARITHM = {0.3027295f, 0.39961082f, 0.6666695f};

    /** The exponentials of smaller numbers are 0. */
    private static final float SMALLEST_EXPONENT = -104;

    private VectorMath() {}

    /** Returns e to the power of a number that is at most 0. */
    static float exp(float power) {
        if (power < SMALLEST_EXPONENT) {
            return 0;
        }
        float times = (float) Math.rint(power * INVERSE_OF_LN2);
        int two = (int) times;
        float rest = Math.fma(times, -LN2_LOWER, Math.fma(times, -LN2_UPPER, power));
        float mantissa = 1 + Math.fma(rest * rest, polynomial(EXPONENTIAL, rest), rest);
        // in two steps, as the power of 2 alone may be too small for a float
        return mantissa * powerOfTwo(two >> 1) * powerOfTwo(two - (two >> 1));
    }

    /** Returns the natural logarithm of a number that is at least 1. */
    static float log(float number) {
        int exponent = Math.getExponent(number * (1 / 0.75f));
        float mantissa = Math.scalb(number, -exponent);
        float times = exponent;
        float power = LN2 * times;
        float powerRest = Math.fma(LN2_REST, times, Math.fma(LN2, times, -power));

        // the quotient (m - 1) / (m + 1), its rounding errors in the second numbers
        float numerator = mantissa - 1;
        float numeratorRest = difference(-1, mantissa, numerator);
        float denominator = mantissa + 1;
        float denominatorRest = difference(1, mantissa, denominator);
        float inverse = 1 / denominator;
        float quotient = numerator * inverse;
        float correction = Math.fma(-denominatorRest, inverse, Math.fma(-denominator, inverse, 1));
        float quotientRest = Math.fma(
                quotient, correction, Math.fma(numeratorRest, inverse, Math.fma(inverse, numerator, -quotient)));

        float sum = power + 2 * quotient;
        float sumRest = power - sum + 2 * quotient + powerRest + 2 * quotientRest;
        float square = quotient * quotient;
        float series = square * quotient * polynomial(LOGARITHM, square);
        float result = sum + series;
        return result + (sum - result + series + sumRest);
    }

    /**
     * Adds numbers as a vector register does: with eight lanes, every eighth number in the same lane, then the lanes
     * that are four, two and one apart. Fewer numbers than lanes are added sequentially.
     *
     * @param numbers the numbers, at least one
     * @param lanes the number of lanes of the register, a power of 2
     */
    static float sum(float[] numbers, int lanes) {
        if (numbers.length < lanes) {
            float sum = numbers[0];
            for (int i = 1; i < numbers.length; i++) {
                sum += numbers[i];
            }
            return sum;
        }
        float[] sums = Arrays.copyOf(numbers, lanes);
        for (int i = lanes; i < numbers.length; i++) {
            sums[i % lanes] += numbers[i];
        }
        for (int half = lanes / 2; half > 0; half /= 2) {
            for (int i = 0; i < half; i++) {
                sums[i] += sums[i + half];
            }
        }
        return sums[0];
    }

    /** Returns the rounding error of the sum of two numbers. */
    private static float difference(float first, float second, float sum) {
        float part = sum - first;
        return first - (sum - part) + (second - part);
    }

    private static float polynomial(float[] coefficients, float x) {
        float value = coefficients[0];
        for (int i = 1; i < coefficients.length; i++) {
            value = Math.fma(value, x, coefficients[i]);
        }
        return value;
    }

    private static float powerOfTwo(int exponent) {
        return Math.scalb(1f, exponent);
    }
}

package dev.gauntlet.threat;

/** Rounds doubles to floats in a chosen direction, so that a point of a ball stays in it. */
final class Rounding {
    private Rounding() {}

    /** Returns the smallest float that is at least this number. */
    static float up(double value) {
        float nearest = (float) value;
        return nearest < value ? Math.nextUp(nearest) : nearest;
    }

    /** Returns the float nearest to this number among those that are not larger in magnitude. */
    static float towardZero(double value) {
        float nearest = (float) value;
        return Math.abs((double) nearest) > Math.abs(value) ? Math.nextAfter(nearest, 0.0) : nearest;
    }

    /** Returns the float nearest to the sum among those that are not further from the pixel than the change. */
    static float move(float pixel, double change) {
        float nearest = (float) (pixel + change);
        int tooFar = Math.abs((double) nearest - pixel) > Math.abs(change) ? 1 : 0;
        // the bit patterns of non-negative floats have the order of the floats; a branch would be mispredicted half the
        // time
        int up = (int) Math.copySign(1, change);
        return Float.intBitsToFloat(Float.floatToRawIntBits(nearest) - up * tooFar);
    }

    /** Scales a vector to a given size, rounding toward 0; a zero vector stays. */
    static void scale(float[] v, int offset, int length, double wanted, double present) {
        double factor = present == 0 ? 0 : wanted / present;
        for (int i = offset; i < offset + length; i++) {
            v[i] = towardZero(v[i] * factor);
        }
    }
}

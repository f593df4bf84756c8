package dev.gauntlet.attack;

import dev.gauntlet.data.ImageShape;

/**
 * Decides how many runs of an attack, such as those towards several target classes, are done at the same time for the same
 * examples, because a model computes a few examples much more slowly, per example, than many. It changes no result.
 */
final class SideBySide {
    /** From about this many on, more examples make no model much faster. */
    private static final int FULL = 500;

    /** This many numbers of all images together make arrays of 2 MB, of which an attack keeps a dozen. */
    private static final int NUMBERS = 1 << 19;

    private SideBySide() {}

    /**
     * Returns how many of the runs that are left to try at the same time: equal parts of them.
     *
     * @param left how many are left, at least 1
     * @param examples how many examples are attacked
     * @param shape the shape of an image
     * @return the number, at least 1
     */
    static int count(int left, int examples, ImageShape shape) {
        double full = Math.min(FULL, NUMBERS / shape.size());
        int most = (int) Math.max(1, Math.round(full / Math.max(1, examples)));
        int parts = (left - 1) / most + 1;
        return (left - 1) / parts + 1;
    }
}

package dev.gauntlet.attack;

import dev.gauntlet.threat.Norm;

/**
 * Two adjacent hills of opposite sign, the pattern with which {@link Square} fills a window in L2 and L1.
 *
 * <p>Each hill is a pile of centred squares, the k-th of which, counted from the peak, has height {@code k^-2} in L2 (section
 * 4.3 of the paper) and {@code k^-4} in L1 (AutoAttack). A window that is too narrow for two hills has one.
 */
final class SquareBump {
    private final Norm norm;
    private final int columns;
    private final double[] pattern;

    private SquareBump(Norm norm, SquareWindow window) {
        this.norm = norm;
        this.columns = window.width();
        this.pattern = new double[window.height() * window.width()];
    }

    /**
     * Computes the pattern, which has size 1.
     *
     * @param norm L2 or L1
     * @param window the size of the window
     * @param stacked whether one hill is above the other, and not next to it
     * @return the pattern, row after row
     */
    static double[] of(Norm norm, SquareWindow window, boolean stacked) {
        SquareBump bump = new SquareBump(norm, window);
        int height = window.height();
        int width = window.width();
        if (stacked) {
            bump.addHill(0, height / 2, 0, width, 1);
            bump.addHill(height / 2, height, 0, width, -1);
        } else {
            bump.addHill(0, height, 0, width / 2, 1);
            bump.addHill(0, height, width / 2, width, -1);
        }
        bump.normalise(0, height, 0, width, 1);
        return bump.pattern;
    }

    private void addHill(int top, int bottom, int left, int right, int sign) {
        int peakRow = top + (bottom - top) / 2;
        int peakColumn = left + (right - left) / 2;
        int levels = 1 + Math.max(peakRow - top, peakColumn - left);
        double[] heights = new double[levels];
        double height = 0;
        for (int level = levels; level > 0; level--) {
            double square = (double) level * level;
            height += 1 / (norm == Norm.L2 ? square : square * square);
            heights[level - 1] = height;
        }
        for (int row = top; row < bottom; row++) {
            for (int column = left; column < right; column++) {
                int level = Math.max(Math.abs(row - peakRow), Math.abs(column - peakColumn));
                pattern[row * columns + column] = heights[level];
            }
        }
        normalise(top, bottom, left, right, sign);
    }

    private void normalise(int top, int bottom, int left, int right, int sign) {
        double sum = 0;
        for (int row = top; row < bottom; row++) {
            for (int i = row * columns + left; i < row * columns + right; i++) {
                sum += norm == Norm.L2 ? pattern[i] * pattern[i] : Math.abs(pattern[i]);
            }
        }
        double size = sign * (norm == Norm.L2 ? Math.sqrt(sum) : sum);
        for (int row = top; row < bottom; row++) {
            for (int i = row * columns + left; i < row * columns + right; i++) {
                pattern[i] /= size;
            }
        }
    }
}

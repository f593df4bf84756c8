package dev.gauntlet.attack;

import dev.gauntlet.data.ImageShape;

/**
 * The size of a rectangle within an image, as close to a square as the image allows.
 *
 * @param height the number of rows
 * @param width the number of columns
 */
record SquareWindow(int height, int width) {
    /** Returns the window that covers a share of the pixels of each channel, at least one pixel. */
    static SquareWindow covering(double share, ImageShape shape) {
        return fit(Math.max(1, side(share, shape)), share, shape);
    }

    /** Returns the window that covers a share of the pixels of each channel, with an odd side of at least 3 if it fits. */
    static SquareWindow oddCovering(double share, ImageShape shape) {
        int side = Math.max(3, side(share, shape));
        return fit(side % 2 == 0 ? side + 1 : side, share, shape);
    }

    private static int side(double share, ImageShape shape) {
        return (int) Math.rint(Math.sqrt(share * shape.height() * shape.width()));
    }

    /** Clips a square to the image; if only one side is too long, the other is extended to compensate. */
    private static SquareWindow fit(int side, double share, ImageShape shape) {
        int height = Math.min(side, shape.height());
        int width = Math.min(side, shape.width());
        if (height < side) {
            width = Math.min(shape.width(), Math.max(width, (int) Math.rint(share * shape.width())));
        } else if (width < side) {
            height = Math.min(shape.height(), Math.max(height, (int) Math.rint(share * shape.height())));
        }
        return new SquareWindow(height, width);
    }
}

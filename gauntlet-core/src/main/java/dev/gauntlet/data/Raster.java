package dev.gauntlet.data;

/** A square of grey pixels on which a round pen leaves ink; the ink of crossing strokes does not add up. */
final class Raster {
    private final int side;
    private final double softness;
    private final double[] ink;

    /**
     * Creates an empty raster.
     *
     * @param side the number of rows and of columns
     * @param softness the width of the grey edge between ink and paper, in pixels
     */
    Raster(int side, double softness) {
        this.side = side;
        this.softness = softness;
        this.ink = new double[side * side];
    }

    /** Moves the pen in a straight line between two points, in pixels, while its radius changes linearly. */
    void line(double x0, double y0, double radius0, double x1, double y1, double radius1) {
        double reach = Math.max(radius0, radius1) + softness / 2;
        int left = bounded(Math.min(x0, x1) - reach);
        int right = bounded(Math.max(x0, x1) + reach);
        int top = bounded(Math.min(y0, y1) - reach);
        int bottom = bounded(Math.max(y0, y1) + reach);
        double dx = x1 - x0;
        double dy = y1 - y0;
        double length2 = dx * dx + dy * dy;
        for (int row = top; row <= bottom; row++) {
            for (int column = left; column <= right; column++) {
                double px = column + 0.5 - x0;
                double py = row + 0.5 - y0;
                double t = length2 == 0 ? 0 : Math.min(1, Math.max(0, (px * dx + py * dy) / length2));
                double ex = px - t * dx;
                double ey = py - t * dy;
                double distance = Math.sqrt(ex * ex + ey * ey);
                double radius = radius0 + t * (radius1 - radius0);
                double coverage = Math.min(1, 0.5 + (radius - distance) / softness);
                int pixel = row * side + column;
                ink[pixel] = Math.max(ink[pixel], coverage);
            }
        }
    }

    /** Returns how much of a pixel is covered, from 0 to 1. */
    double ink(int row, int column) {
        return ink[row * side + column];
    }

    private int bounded(double place) {
        return Math.min(side - 1, Math.max(0, (int) place));
    }
}

package dev.gauntlet.data;

import dev.gauntlet.data.Stroke.Point;
import java.util.List;
import java.util.SplittableRandom;

/**
 * A round pen that is pressed unevenly.
 *
 * @param radius half the width of a line, in pixels
 */
record Pen(double radius) {
    /** The smallest radius that fills a pixel almost completely, in pixels. */
    private static final double THINNEST = 0.65;

    /** How much the radius changes from one short line to the next, relative to the radius. */
    private static final double UNEVENNESS = 0.05;

    /** How much of the last change remains, so that the width varies gradually. */
    private static final double UNEVENNESS_KEPT = 0.7;

    /** The largest change of the radius, relative to the radius; it is bounded so that the ink fits its box. */
    private static final double MOST_UNEVEN = 0.1;

    /** The width of the grey edge of MNIST's lines, in pixels. */
    private static final double SOFTNESS = 1.1;

    /** The largest share of the area between its lines that a legible digit may fill. */
    private static final double FILLING = 0.21;

    static Pen choose(SplittableRandom random) {
        return new Pen(1.32 + 0.44 * Noise.normal(random));
    }

    /** Traces strokes of any size so that their ink exactly fits into a square box. */
    Raster trace(List<Stroke> strokes, int side, SplittableRandom random) {
        Extent extent = Extent.of(strokes);
        double legible = legible(extent, side);
        double margin = SOFTNESS / 2 + (1 + MOST_UNEVEN) * legible;
        double scale = (side - 2 * margin) / extent.longerSide();
        Raster raster = new Raster(side, SOFTNESS);
        strokes.stream()
                .map(stroke -> stroke.map(point -> point.at(
                        side / 2.0 + scale * (point.x() - extent.centreX()),
                        side / 2.0 + scale * (point.y() - extent.centreY()))))
                .forEach(stroke -> trace(stroke, legible, raster, random));
        return raster;
    }

    private static void trace(Stroke stroke, double radius, Raster raster, SplittableRandom random) {
        double pressure = UNEVENNESS * Noise.normal(random);
        double wobble = 0;
        double before = radius;
        for (int i = 1; i < stroke.points().size(); i++) {
            wobble = UNEVENNESS_KEPT * wobble + UNEVENNESS * Noise.normal(random);
            double change = Math.min(MOST_UNEVEN, Math.max(-MOST_UNEVEN, pressure + wobble));
            double after = radius * (1 + change);
            Point start = stroke.points().get(i - 1);
            Point end = stroke.points().get(i);
            raster.line(start.x(), start.y(), before, end.x(), end.y(), after);
            before = after;
        }
    }

    /**
     * Returns the largest radius with which the digit is legible: the longer the strokes in the same area, the narrower
     * the spaces between them. A single straight line has no such spaces, so only the length beyond the longer side
     * counts.
     */
    private double legible(Extent extent, int side) {
        double folded = extent.length() - extent.longerSide();
        double space = extent.width() * extent.height() / extent.longerSide() * side;
        double broadest = folded > 0 ? FILLING * space / folded : radius;
        return Math.max(THINNEST, Math.min(broadest, radius));
    }

    /** The bounding box of some strokes, and their total length. */
    private record Extent(double left, double top, double right, double bottom, double length) {
        static Extent of(List<Stroke> strokes) {
            double left = Double.POSITIVE_INFINITY;
            double top = Double.POSITIVE_INFINITY;
            double right = Double.NEGATIVE_INFINITY;
            double bottom = Double.NEGATIVE_INFINITY;
            double length = 0;
            for (Stroke stroke : strokes) {
                Point before = stroke.points().get(0);
                for (Point point : stroke.points()) {
                    left = Math.min(left, point.x());
                    top = Math.min(top, point.y());
                    right = Math.max(right, point.x());
                    bottom = Math.max(bottom, point.y());
                    length += point.distance(before);
                    before = point;
                }
            }
            return new Extent(left, top, right, bottom, length);
        }

        double width() {
            return right - left;
        }

        double height() {
            return bottom - top;
        }

        double longerSide() {
            return Math.max(width(), height());
        }

        double centreX() {
            return (left + right) / 2;
        }

        double centreY() {
            return (top + bottom) / 2;
        }
    }
}

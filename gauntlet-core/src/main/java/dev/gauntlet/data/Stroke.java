package dev.gauntlet.data;

import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * One movement of the pen: the points it passes, in order, smoothly except where a point is a corner.
 *
 * @param points the points that the pen passes; x increases to the right and y downwards
 */
record Stroke(List<Point> points) {
    /**
     * A point that the pen passes.
     *
     * @param x the distance from the left
     * @param y the distance from the top
     * @param corner whether the pen changes its direction abruptly here
     */
    record Point(double x, double y, boolean corner) {
        Point at(double otherX, double otherY) {
            return new Point(otherX, otherY, corner);
        }

        Point plus(double dx, double dy) {
            return at(x + dx, y + dy);
        }

        /** Interpolates between this point and another, or extrapolates if the fraction is negative. */
        Point towards(Point other, double part) {
            return plus(part * (other.x - x), part * (other.y - y));
        }

        double distance(Point other) {
            double dx = other.x - x;
            double dy = other.y - y;
            return Math.sqrt(dx * dx + dy * dy);
        }
    }

    Stroke {
        points = List.copyOf(points);
    }

    /** Moves every point. */
    Stroke map(UnaryOperator<Point> move) {
        return new Stroke(points.stream().map(move).toList());
    }

    /**
     * Replaces every span between two adjacent points by {@code pieces} short straight lines along a Catmull-Rom
     * spline, whose tangent at a point is half the difference between its neighbours. At a corner the two sides have
     * separate tangents.
     */
    Stroke flatten(int pieces) {
        List<Point> flat = new ArrayList<>((points.size() - 1) * pieces + 1);
        flat.add(points.get(0));
        for (int i = 0; i + 1 < points.size(); i++) {
            Point start = points.get(i);
            Point end = points.get(i + 1);
            Point before = i == 0 || start.corner() ? start : points.get(i - 1);
            Point after = i + 2 == points.size() || end.corner() ? end : points.get(i + 2);
            for (int piece = 1; piece <= pieces; piece++) {
                double t = (double) piece / pieces;
                flat.add(new Point(
                        spline(before.x, start.x, end.x, after.x, t),
                        spline(before.y, start.y, end.y, after.y, t),
                        piece == pieces && end.corner()));
            }
        }
        return new Stroke(flat);
    }

    private static double spline(double before, double start, double end, double after, double t) {
        double leaving = (end - before) / 2;
        double arriving = (after - start) / 2;
        double rise = end - start;
        return start + t * (leaving + t * (3 * rise - 2 * leaving - arriving + t * (leaving + arriving - 2 * rise)));
    }
}

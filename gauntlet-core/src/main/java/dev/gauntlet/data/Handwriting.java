package dev.gauntlet.data;

import dev.gauntlet.data.Stroke.Point;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * A handwriting: the transformation of a glyph in the unit box to the strokes that are written.
 *
 * @param bendX how much the middle moves to the right, which makes the left half of a digit wider than the right half
 * @param bendY how much the middle moves down, which makes the upper half of a digit taller than the lower half
 * @param taper how much wider the lower end is than the upper end
 * @param aspect the width relative to the height
 * @param slant how far the top leans to the right, relative to the height
 * @param turn the angle of the whole digit, in radians
 * @param elasticity how far the paper is distorted on average, relative to the unit box
 * @param stretchX the distortion of the paper to the right
 * @param stretchY the distortion of the paper downwards
 * @param tremble the average error of the points of a glyph, relative to the unit box
 */
record Handwriting(
        double bendX,
        double bendY,
        double taper,
        double aspect,
        double slant,
        double turn,
        double elasticity,
        ElasticField stretchX,
        ElasticField stretchY,
        double tremble) {
    /** The average change of the length of a stroke's first and last span. */
    private static final double REACH = 0.1;

    /** Short enough that no edges are visible at the size of MNIST images. */
    private static final int PIECES_PER_SPAN = 8;

    static Handwriting choose(SplittableRandom random) {
        double carelessness = 0.4 + 1.2 * random.nextDouble();
        return new Handwriting(
                0.24 * Noise.normal(random),
                0.24 * Noise.normal(random),
                0.21 * Noise.normal(random),
                0.6 + 0.45 * random.nextDouble(),
                0.2 + 0.21 * Noise.normal(random),
                0.12 * Noise.normal(random),
                0.045 * carelessness,
                ElasticField.choose(random),
                ElasticField.choose(random),
                0.018 * carelessness);
    }

    /** Writes a glyph; the result consists of many short straight lines, at any size and place. */
    List<Stroke> write(List<Stroke> glyph, SplittableRandom random) {
        return glyph.stream()
                .map(stroke -> vary(stroke, random))
                .map(stroke -> stroke.flatten(PIECES_PER_SPAN))
                .map(stroke -> stroke.map(this::distort))
                .toList();
    }

    /** Starts and stops early or late, and misses every point by a little. */
    private Stroke vary(Stroke stroke, SplittableRandom random) {
        List<Point> points = new ArrayList<>(stroke.points());
        int last = points.size() - 1;
        points.set(0, points.get(0).towards(points.get(1), REACH * Noise.normal(random)));
        points.set(last, points.get(last).towards(points.get(last - 1), REACH * Noise.normal(random)));
        return new Stroke(points)
                .map(point -> point.plus(tremble * Noise.normal(random), tremble * Noise.normal(random)));
    }

    /** Bends the unit box, tapers, stretches and slants it, turns it, and adds the elastic distortion. */
    private Point distort(Point point) {
        double bentX = point.x() + bendX * point.x() * (1 - point.x()) - 0.5;
        double bentY = point.y() + bendY * point.y() * (1 - point.y()) - 0.5;
        double x = bentX * (1 + taper * bentY) * aspect - slant * bentY;
        double cosine = StrictMath.cos(turn);
        double sine = StrictMath.sin(turn);
        return point.at(cosine * x - sine * bentY, sine * x + cosine * bentY)
                .plus(elasticity * stretchX.at(point.x(), point.y()), elasticity * stretchY.at(point.x(), point.y()));
    }
}

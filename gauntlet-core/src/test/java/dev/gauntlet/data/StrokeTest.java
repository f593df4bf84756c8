package dev.gauntlet.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.gauntlet.data.Stroke.Point;
import java.util.List;
import org.junit.jupiter.api.Test;

class StrokeTest {
    @Test
    void aCurvePassesItsPoints() {
        Stroke stroke = new Stroke(List.of(point(0, 0), point(1, 2), corner(3, 1), point(4, 4)));
        List<Point> flat = stroke.flatten(5).points();
        assertThat(flat).hasSize(16);
        assertThat(List.of(flat.get(0), flat.get(5), flat.get(10), flat.get(15)))
                .isEqualTo(stroke.points());
    }

    @Test
    void evenlySpacedPointsOnALineStayOnItEvenly() {
        List<Point> flat = new Stroke(List.of(point(0, 0), point(2, 4), point(4, 8), point(6, 12)))
                .flatten(4)
                .points();
        // The spline's ends are slower, hence only the middle span.
        for (int i = 4; i <= 8; i++) {
            assertThat(flat.get(i).x()).isCloseTo(i / 2.0, within(1e-12));
            assertThat(flat.get(i).y()).isCloseTo((double) i, within(1e-12));
        }
    }

    @Test
    void aCornerKeepsItsSidesStraight() {
        List<Point> flat = new Stroke(List.of(point(0, 0), corner(4, 0), point(4, 4)))
                .flatten(4)
                .points();
        assertThat(flat.subList(0, 5)).allSatisfy(point -> assertThat(point.y()).isZero());
        assertThat(flat.subList(4, 9)).allSatisfy(point -> assertThat(point.x()).isEqualTo(4));
    }

    @Test
    void withoutTheCornerTheCurveIsRound() {
        List<Point> flat = new Stroke(List.of(point(0, 0), point(4, 0), point(4, 4)))
                .flatten(4)
                .points();
        assertThat(flat.get(6).x()).isGreaterThan(4.1);
    }

    private static Point point(double x, double y) {
        return new Point(x, y, false);
    }

    private static Point corner(double x, double y) {
        return new Point(x, y, true);
    }
}

package dev.gauntlet.verification;

import dev.gauntlet.RandomKey;
import dev.gauntlet.data.DataOrigin;
import dev.gauntlet.data.ImageShape;
import dev.gauntlet.data.InMemoryDataset;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/** Pictures of 28x28 pixels that look like pen strokes: enough like handwriting to show a report with. */
final class StrokeDigits {
    static final ImageShape SHAPE = new ImageShape(1, 28, 28);

    private static final int SIDE = 28;

    /** One line of corners x, y for each stroke of each digit, on a square of side 10. */
    private static final double[][][] STROKES = {
        {{5, 1, 3, 2, 2, 5, 3, 8, 5, 9, 7, 8, 8, 5, 7, 2, 5, 1}},
        {{4, 2, 5.5, 1, 5.5, 9}},
        {{2.5, 3, 4, 1, 7, 1.5, 7, 4, 2.5, 9, 7.5, 8.7}},
        {{2.5, 1.5, 6, 1, 7, 3, 4.5, 4.7, 7, 6.5, 6, 9, 2.5, 8.5}},
        {{3.5, 1, 2.5, 5.5, 7.5, 5.5}, {6.5, 2, 6.3, 9.5}},
        {{7.5, 1, 3.2, 1, 3, 4.5, 6, 4.2, 7.3, 6.5, 5.8, 9, 2.8, 8.6}},
        {{6.5, 1, 3.5, 4, 2.8, 7, 4.5, 9, 7, 8, 6.8, 5.8, 4.5, 5.2, 3, 6.5}},
        {{2.5, 1.3, 7.5, 1.2, 5.5, 5, 4.3, 9.2}},
        {{5, 4.8, 3, 3, 4.3, 1, 6.5, 1.3, 6.8, 3.2, 5, 4.8, 3, 7, 4.5, 9.1, 6.8, 8, 6.7, 6.2, 5, 4.8}},
        {{7, 3.5, 5, 5, 3.2, 3.8, 3.8, 1.5, 6.3, 1.2, 7, 3.5, 6.5, 6.5, 5, 9.3}}
    };

    private StrokeDigits() {}

    /** Draws a data set whose labels go round through the digits. */
    static InMemoryDataset dataset(String split, int size, long seed) {
        byte[] labels = new byte[size];
        byte[] pixels = new byte[size * SHAPE.size()];
        for (int id = 0; id < size; id++) {
            labels[id] = (byte) (id % 10);
            draw(id % 10, RandomKey.of(seed).with(split).with(id).generator(), pixels, id * SHAPE.size());
        }
        DataOrigin origin = new DataOrigin(
                "stroke-digits",
                split,
                "drawn by the test",
                Map.of("images", "a".repeat(64), "labels", "b".repeat(64)),
                Optional.of("These are not MNIST but pictures that a test drew with seed " + seed + "."));
        return new InMemoryDataset(
                origin,
                SHAPE,
                IntStream.range(0, 10).mapToObj(Integer::toString).toList(),
                labels,
                pixels);
    }

    private static void draw(int digit, SplittableRandom random, byte[] target, int offset) {
        double width = random.nextDouble(0.8, 1.7);
        double slant = random.nextDouble(-0.25, 0.35);
        double scale = random.nextDouble(1.7, 2.1);
        double shiftX = random.nextDouble(-1.5, 1.5);
        double shiftY = random.nextDouble(-1, 1);
        for (double[] stroke : STROKES[digit]) {
            double[] corners = new double[stroke.length];
            for (int i = 0; i < stroke.length; i += 2) {
                double x = stroke[i] - 5 + random.nextDouble(-0.35, 0.35);
                double y = stroke[i + 1] - 5 + random.nextDouble(-0.35, 0.35);
                corners[i] = 14 + shiftX + scale * (x - slant * y);
                corners[i + 1] = 14 + shiftY + scale * y;
            }
            for (int y = 0; y < SIDE; y++) {
                for (int x = 0; x < SIDE; x++) {
                    double ink = Math.max(0, Math.min(1, width + 0.5 - distance(corners, x + 0.5, y + 0.5)));
                    int index = offset + y * SIDE + x;
                    target[index] = (byte) Math.max(target[index] & 0xff, Math.round(255 * ink));
                }
            }
        }
    }

    private static double distance(double[] corners, double x, double y) {
        double nearest = Double.POSITIVE_INFINITY;
        for (int i = 0; i + 3 < corners.length; i += 2) {
            double dx = corners[i + 2] - corners[i];
            double dy = corners[i + 3] - corners[i + 1];
            double along = ((x - corners[i]) * dx + (y - corners[i + 1]) * dy) / (dx * dx + dy * dy);
            double t = Math.max(0, Math.min(1, along));
            nearest = Math.min(nearest, Math.hypot(x - corners[i] - t * dx, y - corners[i + 1] - t * dy));
        }
        return nearest;
    }

    static List<Double> epsilons() {
        return List.of(0.0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3);
    }
}

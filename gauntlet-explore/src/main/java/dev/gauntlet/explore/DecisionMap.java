package dev.gauntlet.explore;

import dev.gauntlet.data.Batch;
import dev.gauntlet.model.Logits;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;

/**
 * What a model predicts on a grid of points of a plane.
 *
 * @param model the model
 * @param subject the image in the middle
 * @param plane the plane
 * @param reach how far the grid reaches from the image to each side, in Euclidean distance
 * @param side the number of points of each side
 */
record DecisionMap(OpenModel model, Subject subject, Plane plane, double reach, int side) {
    /** The numbers of the images that are asked about together. */
    private static final int NUMBERS = 1 << 17;

    /** The pixels of the images that are shown on the map, as places. */
    record Result(int side, double reach, String classes, List<Plane.Place> places) {}

    Result run(Job job, List<float[]> points) {
        int length = subject.pixels().length;
        int together = Math.max(1, Math.min(side * side, NUMBERS / length));
        byte[] classes = new byte[side * side * 2];
        for (int from = 0; from < side * side; from += together) {
            int size = Math.min(together, side * side - from);
            float[] pixels = new float[size * length];
            for (int i = 0; i < size; i++) {
                plane.copyPoint(coordinate((from + i) % side), coordinate((from + i) / side), pixels, i * length);
            }
            int[] labels = new int[size];
            Arrays.fill(labels, subject.label());
            job.check();
            Logits logits =
                    model.classifier().logits(new Batch(subject.image().shape(), new int[size], labels, pixels));
            for (int i = 0; i < size; i++) {
                int prediction = logits.prediction(i);
                classes[2 * (from + i)] = (byte) prediction;
                classes[2 * (from + i) + 1] = (byte) (prediction >> Byte.SIZE);
            }
            job.progress((double) (from + size) / (side * side), "decision map");
        }
        return new Result(
                side,
                reach,
                Base64.getEncoder().encodeToString(classes),
                points.stream().map(plane::place).toList());
    }

    private double coordinate(int index) {
        return side == 1 ? 0 : reach * (2.0 * index / (side - 1) - 1);
    }
}

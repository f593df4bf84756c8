package dev.gauntlet.threat;

import java.util.Arrays;

/** The exact Euclidean projections onto the intersection of a ball around the clean example and the box [0,1]. */
final class Projection {
    /**
     * Larger changes of a pixel are limited to this one, far outside the box, so that the sums of the L1 projection
     * keep their precision.
     */
    private static final double LARGEST_CHANGE_L1 = 0x1p20;

    private Projection() {}

    /** Shortens the change of each pixel; no change reverses its direction in the projection onto a ball. */
    interface Shrinking {
        /**
         * Finds the nearest vector that has the given size and fits into the box.
         *
         * @param change the distance of each pixel from the clean one, at least 0
         * @param room the distance of each pixel to the limit of [0,1]
         * @param radius the size, less than that of the vector of the smaller of change and room
         * @return the distance of each pixel from the clean one
         */
        double[] shrink(double[] change, double[] room, double radius);
    }

    static void shrink(
            Norm norm, Shrinking shrinking, float[] clean, float[] point, int offset, int length, double radius) {
        double[] signed = new double[length];
        for (int i = 0; i < length; i++) {
            double change = (double) point[offset + i] - clean[offset + i];
            signed[i] = Math.max(-Float.MAX_VALUE, Math.min(Float.MAX_VALUE, change));
            point[offset + i] = Math.max(0f, Math.min(1f, point[offset + i]));
        }
        double distance = norm.distance(clean, point, offset, length);
        // a point with a NaN has an infinite distance
        if (distance <= radius || distance == Double.POSITIVE_INFINITY) {
            return;
        }
        double[] change = new double[length];
        double[] room = new double[length];
        for (int i = 0; i < length; i++) {
            change[i] = Math.abs(signed[i]);
            double border = .5 + Math.copySign(.5, signed[i]);
            room[i] = Math.abs(border - clean[offset + i]);
        }
        double target = radius;
        double margin = 1e-12;
        do {
            double[] shrunk = shrinking.shrink(change, room, target);
            for (int i = 0; i < length; i++) {
                point[offset + i] = Rounding.move(clean[offset + i], Math.copySign(shrunk[i], signed[i]));
            }
            distance = norm.distance(clean, point, offset, length);
            // the distance can exceed the radius by its last bit only if every pixel was already a float
            target = radius * (1 - margin);
            margin = Math.min(1, 10 * margin);
        } while (distance > radius);
    }

    /** All changes are multiplied by the same factor, except where the result would leave the box. */
    static double[] shrinkL2(double[] change, double[] room, double radius) {
        double[] squares = new double[change.length];
        double[] squaredRooms = new double[change.length];
        for (int i = 0; i < change.length; i++) {
            squares[i] = change[i] * change[i];
            squaredRooms[i] = room[i] * room[i];
        }
        // the sum of all rooms may be a rounding error less than the radius, and the time infinite
        double factor = Math.min(1, Math.sqrt(WaterFilling.time(squares, squaredRooms, radius * radius)));
        double[] shrunk = new double[change.length];
        for (int i = 0; i < change.length; i++) {
            shrunk[i] = Math.min(factor * change[i], room[i]);
        }
        return shrunk;
    }

    /**
     * All changes are reduced by the same amount, but not below 0, and then clamped to the box (Croce and Hein 2021).
     *
     * <p>Counted from the largest change down, each pixel starts to move when the level reaches it and stops when its
     * room is used up.
     */
    static double[] shrinkL1(double[] change, double[] room, double radius) {
        double largest = 0;
        for (double magnitude : change) {
            largest = Math.max(largest, magnitude);
        }
        largest = Math.min(LARGEST_CHANGE_L1, largest);
        double[] start = new double[change.length];
        double[] left = new double[change.length];
        int moving = 0;
        for (int i = 0; i < change.length; i++) {
            start[moving] = largest - Math.min(largest, change[i]);
            left[moving] = room[i];
            // an unchanged pixel stays unchanged
            moving += change[i] > 0 && room[i] > 0 ? 1 : 0;
        }
        double level = levelOfSum(start, left, moving, radius);
        double[] shrunk = new double[change.length];
        for (int i = 0; i < change.length; i++) {
            double wanted = level - (largest - Math.min(largest, change[i]));
            shrunk[i] = Math.max(0, Math.min(wanted, room[i]));
        }
        return shrunk;
    }

    /**
     * Solves {@code sum of clamp(level - start[i], 0, room[i]) = total} for the level by fixing variables: the level
     * that solves the equation for the free variables is too high or too low, which tells which of them are at a bound.
     *
     * <p>Overwrites the arrays with the free variables.
     */
    private static double levelOfSum(double[] start, double[] room, int count, double total) {
        int moving = count;
        double left = total;
        while (true) {
            double starts = 0;
            for (int i = 0; i < moving; i++) {
                starts += start[i];
            }
            double level = (left + starts) / moving;
            double sum = 0;
            for (int i = 0; i < moving; i++) {
                sum += Math.max(0, Math.min(level - start[i], room[i]));
            }
            boolean tooHigh = sum > left;
            int still = 0;
            for (int i = 0; i < moving; i++) {
                double from = start[i];
                double length = room[i];
                boolean stays = tooHigh ? from < level : from + length > level;
                start[still] = from;
                room[still] = length;
                still += stays ? 1 : 0;
                left -= tooHigh || stays ? 0 : length;
            }
            // none is left if the sum was below the total only because of rounding
            if (still == moving || still == 0) {
                return level;
            }
            moving = still;
        }
    }

    /** Keeps the changes for which the clamped point is nearest to the original point. */
    static void keepMostValuable(float[] clean, float[] point, int offset, int length, int changes) {
        double[] value = new double[length];
        for (int i = 0; i < length; i++) {
            double from = clean[offset + i];
            double wish = Math.max(-Float.MAX_VALUE, Math.min(Float.MAX_VALUE, point[offset + i]));
            double to = Math.max(0, Math.min(1, wish));
            // the squared distance that is saved, (wish - from)^2 - (wish - to)^2, without cancellation
            value[i] = (to - from) * (2 * wish - to - from);
            point[offset + i] = Math.max(0f, Math.min(1f, point[offset + i]));
        }
        double distance = Norm.L0.distance(clean, point, offset, length);
        if (distance <= changes || distance == Double.POSITIVE_INFINITY) {
            return;
        }
        double[] sorted = value.clone();
        Arrays.sort(sorted);
        double least = changes == 0 ? Double.POSITIVE_INFINITY : sorted[length - changes];
        int ties = changes;
        for (double kept : value) {
            if (kept > least) {
                ties--;
            }
        }
        for (int i = 0; i < length; i++) {
            if (value[i] == least && ties > 0) {
                ties--;
            } else if (!(value[i] > least)) {
                point[offset + i] = clean[offset + i];
            }
        }
    }
}

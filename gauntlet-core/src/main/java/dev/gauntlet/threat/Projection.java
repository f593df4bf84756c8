package dev.gauntlet.threat;

import java.util.Arrays;

/** The exact Euclidean projections onto the intersection of a ball around the clean example and the box [0,1]. */
final class Projection {
    /**
     * A larger change of a pixel counts as this one, far outside the box; so the sums of the L1 projection keep
     * their precision.
     */
    private static final double LARGEST_CHANGE_L1 = 0x1p20;

    private Projection() {}

    /** Shortens the change of each pixel, none of which turns its direction in the projection onto a ball. */
    interface Shrinking {
        /**
         * Finds the nearest vector that has the given size and fits the room.
         *
         * @param change how far each pixel is from the clean one, at least 0; becomes how far it may be
         * @param room how far each pixel may go before it leaves [0,1]
         * @param radius the size, less than that of the smaller of change and room
         */
        void shrink(double[] change, double[] room, double radius);
    }

    static void shrink(
            Norm norm, Shrinking shrinking, float[] clean, float[] point, int offset, int length, double radius) {
        double[] change = new double[length];
        double[] room = new double[length];
        boolean[] up = new boolean[length];
        for (int i = 0; i < length; i++) {
            double from = clean[offset + i];
            float to = point[offset + i];
            up[i] = to > from;
            change[i] = Math.min(Float.MAX_VALUE, Math.abs(to - from));
            room[i] = up[i] ? 1 - from : from;
            point[offset + i] = Math.max(0f, Math.min(1f, to));
        }
        double distance = norm.distance(clean, point, offset, length);
        double target = radius;
        double margin = 1e-12;
        // infinitely far is a point with a NaN
        while (distance > radius && distance < Double.POSITIVE_INFINITY) {
            double[] shrunk = change.clone();
            shrinking.shrink(shrunk, room, target);
            for (int i = 0; i < length; i++) {
                float from = clean[offset + i];
                point[offset + i] = Rounding.move(from, up[i] ? shrunk[i] : -shrunk[i]);
            }
            distance = norm.distance(clean, point, offset, length);
            // only if every pixel was a float already can the last bit of the distance be one too many
            target = radius * (1 - margin);
            margin = Math.min(1, 10 * margin);
        }
    }

    /** All changes are multiplied by one factor, except where that leaves the box. */
    static void shrinkL2(double[] change, double[] room, double radius) {
        double[] squares = new double[change.length];
        double[] squaredRooms = new double[change.length];
        for (int i = 0; i < change.length; i++) {
            squares[i] = change[i] * change[i];
            squaredRooms[i] = room[i] * room[i];
        }
        double factor = Math.sqrt(WaterFilling.time(squares, squaredRooms, radius * radius));
        for (int i = 0; i < change.length; i++) {
            change[i] = Math.min(factor * change[i], room[i]);
        }
    }

    /**
     * All changes become smaller by one amount, but not below 0, and then fit the room; Croce and Hein 2021, proposition
     * 2.1.
     *
     * <p>Counted from the largest change down, each pixel starts to move when the level reaches it and stops when its
     * room is used up. The level at which the changes add up to the radius is found by fixing variables: the level that
     * suits the pixels which may still move tells which of them do not.
     */
    static void shrinkL1(double[] change, double[] room, double radius) {
        double[] start = new double[change.length];
        double largest = 0;
        for (int i = 0; i < change.length; i++) {
            start[i] = Math.min(LARGEST_CHANGE_L1, change[i]);
            largest = Math.max(largest, start[i]);
        }
        for (int i = 0; i < change.length; i++) {
            start[i] = largest - start[i];
        }
        double level = levelOfSum(start, room, radius);
        for (int i = 0; i < change.length; i++) {
            change[i] = Math.max(0, Math.min(level - start[i], room[i]));
        }
    }

    /** Solves {@code sum of clamp(level - start[i], 0, room[i]) = total} for the level. */
    private static double levelOfSum(double[] start, double[] room, double total) {
        double tooLow = 0;
        double tooHigh = Double.POSITIVE_INFINITY;
        while (true) {
            double used = 0;
            double starts = 0;
            int moving = 0;
            for (int i = 0; i < start.length; i++) {
                if (start[i] + room[i] <= tooLow) {
                    used += room[i];
                } else if (start[i] < tooHigh) {
                    starts += start[i];
                    moving++;
                }
            }
            if (moving == 0) {
                // their sum was below the total by rounding alone
                return tooLow;
            }
            double level = (total - used + starts) / moving;
            double sum = 0;
            for (int i = 0; i < start.length; i++) {
                sum += Math.max(0, Math.min(level - start[i], room[i]));
            }
            if (sum > total && level < tooHigh) {
                tooHigh = level;
            } else if (sum < total && level > tooLow) {
                tooLow = level;
            } else {
                return level;
            }
        }
    }

    /** Keeps the changes that bring the clamped point nearest to the point itself. */
    static void keepMostValuable(float[] clean, float[] point, int offset, int length, int changes) {
        double[] value = new double[length];
        for (int i = 0; i < length; i++) {
            double from = clean[offset + i];
            double wish = Math.max(-Float.MAX_VALUE, Math.min(Float.MAX_VALUE, point[offset + i]));
            double to = Math.max(0, Math.min(1, wish));
            // the squared distance that is saved, (wish - from)^2 - (wish - to)^2, without its cancellation
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

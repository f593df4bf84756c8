package dev.gauntlet.threat;

/**
 * Water filling: computes when vessels that fill at different rates, each up to its capacity, hold a given total.
 *
 * <p>The time is the Lagrange multiplier in the optimality conditions of a nearest point in a box.
 */
final class WaterFilling {
    private WaterFilling() {}

    /**
     * Solves {@code sum of min(time * rate[i], capacity[i]) = total} for the time.
     *
     * <p>The sum is a concave function of the time, so Newton's method starting at 0 never overshoots and ends exactly
     * when no more vessels become full. Overwrites the arrays with the vessels that are not full.
     *
     * @param rate the rate of each vessel, at least 0
     * @param capacity the capacity of each vessel, at least 0
     * @param total the wanted total, at least 0
     * @return the time, infinite if the capacities sum to less than the total
     */
    static double time(double[] rate, double[] capacity, double total) {
        int open = rate.length;
        double left = total;
        double time = 0;
        double growth = 0;
        for (double speed : rate) {
            growth += speed;
        }
        while (true) {
            if (growth == 0) {
                return Double.POSITIVE_INFINITY;
            }
            // rounding may leave slightly less than 0
            time = Math.max(time, left / growth);
            growth = 0;
            double filled = 0;
            int still = 0;
            for (int i = 0; i < open; i++) {
                double speed = rate[i];
                double end = capacity[i];
                // all bits are set if the vessel is not full; a branch would be mispredicted often
                long fills = Double.doubleToRawLongBits(time * speed - end) >> (Long.SIZE - 1);
                rate[still] = speed;
                capacity[still] = end;
                still -= (int) fills;
                growth += Double.longBitsToDouble(Double.doubleToRawLongBits(speed) & fills);
                filled += Double.longBitsToDouble(Double.doubleToRawLongBits(end) & ~fills);
            }
            if (still == open) {
                return time;
            }
            left -= filled;
            open = still;
        }
    }
}

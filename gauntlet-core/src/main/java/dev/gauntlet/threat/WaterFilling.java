package dev.gauntlet.threat;

/**
 * Vessels that fill at their own rates until each is full: how long it takes until they hold a given total.
 *
 * <p>The time found is the multiplier in the optimality conditions of a nearest point in a box.
 */
final class WaterFilling {
    private WaterFilling() {}

    /**
     * Solves {@code sum of min(time * rate[i], capacity[i]) = total} for the time.
     *
     * <p>The sum is a concave function of the time, so that Newton's method from 0 on never goes too far and ends exactly,
     * when no more vessels turn out to be full. Overwrites the arrays with the vessels that are not.
     *
     * @param rate how fast each fills, at least 0
     * @param capacity what each holds, at least 0
     * @param total what they hold together, at least 0
     * @return the time, infinite if all together hold less than the total
     */
    static double time(double[] rate, double[] capacity, double total) {
        int open = rate.length;
        double left = total;
        double time = 0;
        while (true) {
            double growth = 0;
            for (int i = 0; i < open; i++) {
                growth += rate[i];
            }
            if (growth == 0) {
                return Double.POSITIVE_INFINITY;
            }
            // what is left may be rounded to a little less than nothing
            time = Math.max(time, left / growth);
            int still = 0;
            for (int i = 0; i < open; i++) {
                double speed = rate[i];
                double end = capacity[i];
                boolean fills = time * speed < end;
                rate[still] = speed;
                capacity[still] = end;
                still += fills ? 1 : 0;
                left -= fills ? 0 : end;
            }
            if (still == open) {
                return time;
            }
            open = still;
        }
    }
}

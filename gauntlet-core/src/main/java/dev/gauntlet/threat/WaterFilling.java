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
     * when no more vessels turn out to be full.
     *
     * @param rate how fast each fills, at least 0
     * @param capacity what each holds, at least 0
     * @param total what they hold together, at least 0
     * @return the time, infinite if all together hold less than the total
     */
    static double time(double[] rate, double[] capacity, double total) {
        double time = 0;
        while (true) {
            double held = 0;
            double growth = 0;
            for (int i = 0; i < rate.length; i++) {
                if (time * rate[i] < capacity[i]) {
                    growth += rate[i];
                } else {
                    held += capacity[i];
                }
            }
            // infinite if all are full and more is wanted
            double next = (total - held) / growth;
            if (!(next > time)) {
                return time;
            }
            time = next;
        }
    }
}

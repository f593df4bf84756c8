package dev.gauntlet.onnx;

/**
 * The difference between two computations of the same numbers.
 *
 * @param largest the largest difference
 * @param scale the largest of the numbers, at least 1
 */
record Difference(double largest, double scale) {
    /** The difference between results that cannot be compared. */
    static final Difference ENDLESS = new Difference(Double.MAX_VALUE, 1);

    static Difference of(float[] expected, float[] actual) {
        double largest = 0;
        double scale = 1;
        for (int i = 0; i < expected.length; i++) {
            double difference = Math.abs((double) expected[i] - actual[i]);
            // a NaN in only one of them is an infinite difference
            boolean same = Float.compare(expected[i], actual[i]) == 0;
            largest = same ? largest : Math.max(largest, Double.isNaN(difference) ? Double.MAX_VALUE : difference);
            if (Float.isFinite(expected[i])) {
                scale = Math.max(scale, Math.abs(expected[i]));
            }
        }
        return new Difference(largest, scale);
    }

    /** Tells whether the difference relative to the scale is within a tolerance. */
    boolean within(double tolerance) {
        return largest <= tolerance * scale;
    }
}

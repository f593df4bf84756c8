package dev.gauntlet.onnx;

/**
 * How far two computations of the same numbers are apart.
 *
 * @param largest the largest difference
 * @param scale the largest of the numbers, 1 if they are smaller
 */
record Difference(double largest, double scale) {
    /** What is between numbers that cannot be the same. */
    static final Difference ENDLESS = new Difference(Double.MAX_VALUE, 1);

    static Difference of(float[] expected, float[] actual) {
        double largest = 0;
        double scale = 1;
        for (int i = 0; i < expected.length; i++) {
            double difference = Math.abs((double) expected[i] - actual[i]);
            // a NaN on one side alone is a difference without end
            boolean same = Float.compare(expected[i], actual[i]) == 0;
            largest = same ? largest : Math.max(largest, Double.isNaN(difference) ? Double.MAX_VALUE : difference);
            if (Float.isFinite(expected[i])) {
                scale = Math.max(scale, Math.abs(expected[i]));
            }
        }
        return new Difference(largest, scale);
    }

    /** Tells whether the difference is at most so much, relative to the scale. */
    boolean within(double tolerance) {
        return largest <= tolerance * scale;
    }
}

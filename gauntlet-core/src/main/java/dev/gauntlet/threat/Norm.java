package dev.gauntlet.threat;

/** How the size of a perturbation is measured. */
public enum Norm {
    /** The largest change of any pixel. */
    LINF("linf", "L-infinity") {
        @Override
        public double distance(float[] a, float[] b, int offset, int length) {
            double largest = 0;
            for (int i = offset; i < offset + length; i++) {
                double change = Math.abs((double) a[i] - b[i]);
                // written so that a NaN counts as infinitely far
                if (!(change <= largest)) {
                    largest = Double.isNaN(change) ? Double.POSITIVE_INFINITY : change;
                }
            }
            return largest;
        }
    };

    private final String id;
    private final String title;

    Norm(String id, String title) {
        this.id = id;
        this.title = title;
    }

    /**
     * Returns the name used in records and on the command line.
     *
     * @return the name, such as {@code linf}
     */
    public String id() {
        return id;
    }

    /**
     * Returns the name for people.
     *
     * @return the name, such as {@code L-infinity}
     */
    public String title() {
        return title;
    }

    /**
     * Measures in double precision how far two examples are apart.
     *
     * @param a the first batch of pixels
     * @param b the second batch of pixels
     * @param offset the index of the example's first pixel, in both
     * @param length the number of pixels of the example
     * @return the distance, infinite if a pixel is NaN
     */
    public abstract double distance(float[] a, float[] b, int offset, int length);
}

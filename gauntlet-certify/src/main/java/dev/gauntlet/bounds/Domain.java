package dev.gauntlet.bounds;

/**
 * A part of a region: the inputs for which some open ReLUs have given signs.
 *
 * <p>The arrays have one entry per open ReLU of all layers and are not changed.
 *
 * @param lower a proved lower bound of the margin in this part
 * @param signs 1 or -1 where the sign is given, else 0
 * @param slopes the slopes of the lower lines that gave the bound
 * @param multipliers the multipliers of the signs that gave the bound, at least 0
 * @param next the open ReLU to divide by; -1 if there is none
 */
record Domain(double lower, byte[] signs, double[] slopes, double[] multipliers, int next)
        implements Comparable<Domain> {
    /** Returns one of the two halves, with the bound and the multipliers of the whole. */
    Domain half(int sign) {
        byte[] more = signs.clone();
        more[next] = (byte) sign;
        return new Domain(lower, more, slopes, multipliers, -1);
    }

    @Override
    public int compareTo(Domain other) {
        return Double.compare(lower, other.lower);
    }
}

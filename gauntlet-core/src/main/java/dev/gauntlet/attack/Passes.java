package dev.gauntlet.attack;

/**
 * How many examples go through a model.
 *
 * @param forwards how many go forward
 * @param backwards for how many a gradient is computed; each also goes forward
 */
public record Passes(long forwards, long backwards) {
    /** No passes. */
    public static final Passes NONE = new Passes(0, 0);

    /**
     * Counts forward passes alone.
     *
     * @param count how many
     * @return the passes
     */
    public static Passes forwards(long count) {
        return new Passes(count, 0);
    }

    /**
     * Counts gradients, each of which needs a forward and a backward pass.
     *
     * @param count how many
     * @return the passes
     */
    public static Passes gradients(long count) {
        return new Passes(count, count);
    }

    /**
     * Returns the sum of two counts.
     *
     * @param other the other
     * @return the sum
     */
    public Passes plus(Passes other) {
        return new Passes(forwards + other.forwards, backwards + other.backwards);
    }

    /**
     * Returns a multiple of a count.
     *
     * @param factor how often
     * @return the product
     */
    public Passes times(long factor) {
        return new Passes(forwards * factor, backwards * factor);
    }

    /**
     * Returns all passes, forward and backward.
     *
     * @return the sum
     */
    public long total() {
        return forwards + backwards;
    }
}

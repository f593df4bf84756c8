package dev.gauntlet.attack;

/**
 * Numbers of passes through a model, in examples.
 *
 * @param forwards the number of forward passes
 * @param backwards the number of backward passes, each of which also needs a forward pass
 */
public record Passes(long forwards, long backwards) {
    /** No passes. */
    public static final Passes NONE = new Passes(0, 0);

    /**
     * Counts forward passes alone.
     *
     * @param count the number
     * @return the passes
     */
    public static Passes forwards(long count) {
        return new Passes(count, 0);
    }

    /**
     * Counts gradients, each of which needs a forward and a backward pass.
     *
     * @param count the number
     * @return the passes
     */
    public static Passes gradients(long count) {
        return new Passes(count, count);
    }

    /**
     * Returns the sum of two counts.
     *
     * @param other the other count
     * @return the sum
     */
    public Passes plus(Passes other) {
        return new Passes(forwards + other.forwards, backwards + other.backwards);
    }

    /**
     * Returns a multiple of a count.
     *
     * @param factor the factor
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

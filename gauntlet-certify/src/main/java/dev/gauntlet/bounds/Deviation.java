package dev.gauntlet.bounds;

/** What bounds on the errors of 32-bit arithmetic share. */
final class Deviation {
    /** Covers a sum of up to a billion products that are too small for a 32-bit float. */
    static final double UNDERFLOW = 1e-28;

    private Deviation() {}
}

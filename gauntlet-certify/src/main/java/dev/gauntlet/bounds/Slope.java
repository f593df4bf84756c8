package dev.gauntlet.bounds;

/** The slope of the lower bound of a ReLU whose sign is open. */
enum Slope {
    /** 1 if more of the interval is above 0 than below, else 0. */
    ADAPTIVE,
    /** Always 0, which is better for networks trained with interval bounds. */
    ZERO,
    /** The slope of the upper bound, as in the dual of Wong and Kolter (2018). */
    SAME
}

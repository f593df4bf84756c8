package dev.gauntlet.bounds;

import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * Proved bounds of the numbers that a node gives.
 *
 * @param lower one row per example
 * @param upper one row per example
 */
record Range(Tensor lower, Tensor upper) {
    /** Returns a bound of the absolute values. */
    Tensor magnitude() {
        return torch.maximum(lower.abs(), upper.abs());
    }

    /** Returns the rows of one example. */
    Range of(int example) {
        return new Range(lower.narrow(0, example, 1), upper.narrow(0, example, 1));
    }

    /** Returns the rows of some examples. */
    Range of(Tensor examples) {
        return new Range(lower.index_select(0, examples), upper.index_select(0, examples));
    }

    /** Returns what both bounds say. */
    Range and(Range other) {
        return new Range(torch.maximum(lower, other.lower), torch.minimum(upper, other.upper));
    }
}

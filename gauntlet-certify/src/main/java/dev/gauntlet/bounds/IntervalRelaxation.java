package dev.gauntlet.bounds;

import org.bytedeco.pytorch.Tensor;

/** Bounds every ReLU by constants: its interval. */
final class IntervalRelaxation implements Relaxation {
    static final IntervalRelaxation INSTANCE = new IntervalRelaxation();

    private IntervalRelaxation() {}

    @Override
    public void backward(Backward pass, int node, int input, Tensor rows) {
        pass.bound(pass.range(node), rows);
    }
}

package dev.gauntlet.bounds;

import org.bytedeco.pytorch.Tensor;

/** The larger of a number and 0. */
final class ReluStep extends Step {
    private final int node;

    ReluStep(int node, int input, int size) {
        super(new int[] {input}, size);
        this.node = node;
    }

    @Override
    Range forward(Range[] given, Precision precision) {
        return new Range(given[0].lower().relu(), given[0].upper().relu());
    }

    @Override
    Tensor evaluate(Tensor[] given) {
        return given[0].relu();
    }

    @Override
    Tensor deviation(Range[] given, Tensor[] off) {
        return off[0];
    }

    @Override
    void backward(Backward pass, Tensor rows) {
        pass.relaxation().backward(pass, node, input(), rows);
    }

    @Override
    boolean isAffine() {
        return false;
    }
}

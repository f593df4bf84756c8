package dev.gauntlet.bounds;

import org.bytedeco.pytorch.Tensor;

/** The same numbers in another shape. */
final class ReshapeStep extends Step {
    ReshapeStep(int input, int size) {
        super(new int[] {input}, size);
    }

    @Override
    Range forward(Range[] given, Precision precision) {
        return given[0];
    }

    @Override
    Tensor evaluate(Tensor[] given) {
        return given[0];
    }

    @Override
    Tensor deviation(Range[] given, Tensor[] off) {
        return off[0];
    }

    @Override
    void backward(Backward pass, Tensor rows) {
        pass.send(input(), rows);
    }
}

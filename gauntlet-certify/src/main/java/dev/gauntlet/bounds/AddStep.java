package dev.gauntlet.bounds;

import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/** The sum of two nodes. */
final class AddStep extends Step {
    AddStep(int[] inputs, int size) {
        super(inputs, size);
    }

    @Override
    Range forward(Range[] given, Precision precision) {
        Tensor lower = given[0].lower().add(given[1].lower());
        Tensor upper = given[0].upper().add(given[1].upper());
        if (precision.unit() == 0) {
            return new Range(lower, upper);
        }
        Scalar off = new Scalar(4 * precision.unit());
        return new Range(lower.sub(lower.abs().mul(off)), upper.add(upper.abs().mul(off)));
    }

    @Override
    Tensor evaluate(Tensor[] given) {
        return given[0].add(given[1]);
    }

    @Override
    Tensor deviation(Range[] given, Tensor[] off) {
        Tensor magnitude =
                given[0].magnitude().add(given[1].magnitude()).add(off[0]).add(off[1]);
        return off[0].add(off[1]).add(magnitude.mul(new Scalar(4 * Precision.SINGLE.unit())));
    }

    @Override
    void backward(Backward pass, Tensor rows) {
        pass.send(inputs()[0], rows);
        pass.send(inputs()[1], rows);
    }
}

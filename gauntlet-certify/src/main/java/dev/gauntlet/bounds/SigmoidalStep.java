package dev.gauntlet.bounds;

import dev.gauntlet.model.LayerGraph;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** A sigmoid or a hyperbolic tangent, bounded by constants: by its values at the ends of the interval. */
final class SigmoidalStep extends Step {
    /** More than the error of libtorch's functions, which is a few units in the last place. */
    private static final double ERROR = 1e-14;

    /** The same for functions on 32-bit floats, of any engine. */
    private static final double ERROR_OF_SINGLE = 1e-6;

    private final LayerGraph.Sigmoidal function;

    SigmoidalStep(int input, int size, LayerGraph.Sigmoidal function) {
        super(new int[] {input}, size);
        this.function = function;
    }

    @Override
    Range forward(Range[] given, Precision precision) {
        double error = precision.unit() == 0 ? 0 : ERROR;
        double least = function == LayerGraph.Sigmoidal.SIGMOID ? 0 : -1;
        return new Range(
                Doubles.atLeast(value(given[0].lower()).sub(new Scalar(error)), least),
                Doubles.atMost(value(given[0].upper()).add(new Scalar(error)), 1));
    }

    private Tensor value(Tensor x) {
        return function == LayerGraph.Sigmoidal.SIGMOID ? torch.sigmoid(x) : torch.tanh(x);
    }

    @Override
    Tensor evaluate(Tensor[] given) {
        return value(given[0]);
    }

    @Override
    Tensor deviation(Range[] given, Tensor[] off) {
        // no slope is larger than 1
        return off[0].add(new Scalar(ERROR_OF_SINGLE));
    }

    @Override
    void backward(Backward pass, Tensor rows) {
        pass.bound(forward(new Range[] {pass.range(input())}, pass.precision()), rows);
    }

    @Override
    boolean isAffine() {
        return false;
    }
}

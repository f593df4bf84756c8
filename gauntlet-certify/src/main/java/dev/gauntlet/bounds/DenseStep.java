package dev.gauntlet.bounds;

import dev.gauntlet.model.LayerGraph;
import org.bytedeco.pytorch.Tensor;

/** A fully connected layer. */
final class DenseStep extends AffineStep {
    private final Tensor weight;
    private final Tensor transposed;
    private final Tensor absoluteTransposed;
    private final Tensor bias;
    private final int terms;

    DenseStep(int input, LayerGraph.Dense layer) {
        super(input, layer.outputs());
        weight = keep(Doubles.of(layer.weight(), layer.outputs(), layer.inputs()));
        transposed = keep(weight.t());
        absoluteTransposed = keep(weight.abs().t());
        bias = keep(Doubles.of(layer.bias(), layer.outputs()));
        terms = layer.inputs();
    }

    @Override
    Tensor product(Tensor x) {
        return x.matmul(transposed);
    }

    @Override
    Tensor absoluteProduct(Tensor x) {
        return x.matmul(absoluteTransposed);
    }

    @Override
    Tensor transposedProduct(Tensor rows) {
        return rows.matmul(weight);
    }

    @Override
    Tensor bias() {
        return bias;
    }

    @Override
    long terms() {
        return terms;
    }
}

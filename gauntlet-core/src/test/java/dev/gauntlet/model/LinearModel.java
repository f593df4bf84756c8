package dev.gauntlet.model;

/** Logits that are weights times pixels plus bias. */
public final class LinearModel extends PlainModel {
    private final double[][] weights;
    private final double[] bias;

    /** Takes one row of weights per class. */
    public LinearModel(double[][] weights, double... bias) {
        super(weights.length);
        this.weights = weights;
        this.bias = bias;
    }

    @Override
    public double[] logitsOf(double[] x) {
        return affine(weights, bias, x);
    }

    @Override
    double[] backward(double[] x, double[] byLogits) {
        return transposed(weights, byLogits);
    }
}

package dev.gauntlet.testkit;

/**
 * A model whose logits are weights times pixels plus bias; {@link LinearOptimum} computes the distance of its images from
 * another class.
 */
public final class LinearModel extends PlainModel {
    private final double[][] weights;
    private final double[] bias;

    /**
     * Creates a model.
     *
     * @param weights one row per class
     * @param bias one number per class
     */
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
    public double[] backward(double[] x, double[] byLogits) {
        return transposed(weights, byLogits);
    }
}

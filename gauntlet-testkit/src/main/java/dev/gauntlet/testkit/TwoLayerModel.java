package dev.gauntlet.testkit;

/** A linear layer, a ReLU, and another linear layer. */
public final class TwoLayerModel extends PlainModel {
    private final double[][] first;
    private final double[] firstBias;
    private final double[][] second;
    private final double[] secondBias;

    /**
     * Creates a model.
     *
     * @param first the weights of the first layer, one row per hidden unit
     * @param firstBias one number per hidden unit
     * @param second the weights of the second layer, one row per class
     * @param secondBias one number per class
     */
    public TwoLayerModel(double[][] first, double[] firstBias, double[][] second, double[] secondBias) {
        super(second.length);
        this.first = first;
        this.firstBias = firstBias;
        this.second = second;
        this.secondBias = secondBias;
    }

    @Override
    public double[] logitsOf(double[] x) {
        double[] hidden = affine(first, firstBias, x);
        for (int h = 0; h < hidden.length; h++) {
            hidden[h] = Math.max(0, hidden[h]);
        }
        return affine(second, secondBias, hidden);
    }

    @Override
    public double[] backward(double[] x, double[] byLogits) {
        double[] hidden = affine(first, firstBias, x);
        double[] byHidden = transposed(second, byLogits);
        for (int h = 0; h < hidden.length; h++) {
            byHidden[h] = hidden[h] > 0 ? byHidden[h] : 0;
        }
        return transposed(first, byHidden);
    }
}

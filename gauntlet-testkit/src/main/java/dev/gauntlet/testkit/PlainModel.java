package dev.gauntlet.testkit;

import dev.gauntlet.data.Batch;
import dev.gauntlet.loss.Loss;
import dev.gauntlet.model.DifferentiableClassifier;
import dev.gauntlet.model.Gradient;
import dev.gauntlet.model.Logits;
import dev.gauntlet.model.ModelCard;
import java.util.Optional;
import java.util.function.IntFunction;

/** A model in plain Java, computed in double precision from the weights of a test. */
public abstract class PlainModel implements DifferentiableClassifier {
    private final int classes;

    /**
     * Creates a model.
     *
     * @param classes the number of classes
     */
    protected PlainModel(int classes) {
        this.classes = classes;
    }

    /**
     * Computes the logits of one example.
     *
     * @param x its pixels
     * @return its logits
     */
    public abstract double[] logitsOf(double[] x);

    /**
     * Computes a vector-Jacobian product: the derivative with respect to the logits times the Jacobian of the logits.
     *
     * @param x the pixels of one example
     * @param byLogits the derivative with respect to its logits
     * @return the derivative with respect to its pixels
     */
    public abstract double[] backward(double[] x, double[] byLogits);

    @Override
    public ModelCard card() {
        return new ModelCard(
                "plain", getClass().getSimpleName(), 0, "0".repeat(64), Optional.empty(), "test", Optional.empty());
    }

    @Override
    public Logits logits(Batch batch) {
        float[] values = new float[batch.size() * classes];
        for (int row = 0; row < batch.size(); row++) {
            double[] z = logitsOf(example(batch, row));
            for (int k = 0; k < classes; k++) {
                values[row * classes + k] = (float) z[k];
            }
        }
        return new Logits(classes, values);
    }

    @Override
    public Gradient gradient(Batch batch, IntFunction<? extends Loss> lossOfRow) {
        Logits logits = logits(batch);
        int length = batch.shape().size();
        double[] losses = new double[batch.size()];
        float[] pixels = new float[batch.pixels().length];
        float[] byLogits = new float[logits.values().length];
        for (int row = 0; row < batch.size(); row++) {
            losses[row] = lossOfRow
                    .apply(row)
                    .valueAndDerivative(logits.values(), row * classes, classes, batch.labels()[row], byLogits);
            double[] upstream = new double[classes];
            for (int k = 0; k < classes; k++) {
                upstream[k] = byLogits[row * classes + k];
            }
            double[] byPixels = backward(example(batch, row), upstream);
            for (int i = 0; i < length; i++) {
                pixels[row * length + i] = (float) byPixels[i];
            }
        }
        return new Gradient(logits, losses, pixels);
    }

    private static double[] example(Batch batch, int row) {
        double[] x = new double[batch.shape().size()];
        for (int i = 0; i < x.length; i++) {
            x[i] = batch.pixels()[row * x.length + i];
        }
        return x;
    }

    /**
     * Computes weights times x plus bias.
     *
     * @param weights one row per output
     * @param bias one number per output
     * @param x one number per input
     * @return one number per output
     */
    protected static double[] affine(double[][] weights, double[] bias, double[] x) {
        double[] y = bias.clone();
        for (int k = 0; k < y.length; k++) {
            double[] row = weights[k];
            double sum = y[k];
            for (int i = 0; i < x.length; i++) {
                sum += row[i] * x[i];
            }
            y[k] = sum;
        }
        return y;
    }

    /**
     * Computes the transposed weights times y.
     *
     * @param weights one row per output
     * @param y one number per output
     * @return one number per input
     */
    protected static double[] transposed(double[][] weights, double[] y) {
        double[] x = new double[weights[0].length];
        for (int k = 0; k < y.length; k++) {
            double[] row = weights[k];
            double factor = y[k];
            for (int i = 0; i < x.length; i++) {
                x[i] += row[i] * factor;
            }
        }
        return x;
    }

    @Override
    public void close() {}
}

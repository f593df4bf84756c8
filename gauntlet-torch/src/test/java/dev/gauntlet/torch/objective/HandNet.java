package dev.gauntlet.torch.objective;

import dev.gauntlet.RandomKey;
import dev.gauntlet.data.Batch;
import dev.gauntlet.data.ImageShape;
import dev.gauntlet.loss.Loss;
import dev.gauntlet.model.DifferentiableClassifier;
import dev.gauntlet.model.Gradient;
import dev.gauntlet.model.Logits;
import dev.gauntlet.model.ModelCard;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;

/** A step with a network of 2 inputs, 2 hidden units with ReLU and 2 classes, in doubles. */
final class HandNet implements TrainingStep {
    static final ImageShape SHAPE = new ImageShape(2, 1, 1);

    /** The weights of the hidden units, then those of the classes; no biases. */
    private final double[][] hidden;

    private final double[][] output;
    private final Batch clean;
    private final double progress;

    final List<Recorded> passes = new ArrayList<>();

    HandNet(double[][] hidden, double[][] output, Batch clean, double progress) {
        this.hidden = hidden;
        this.output = output;
        this.clean = clean;
        this.progress = progress;
    }

    static Batch one(float first, float second, int label) {
        return new Batch(SHAPE, new int[] {7}, new int[] {label}, new float[] {first, second});
    }

    @Override
    public Batch clean() {
        return clean;
    }

    @Override
    public double progress() {
        return progress;
    }

    @Override
    public RandomKey randomness(int row) {
        return RandomKey.of(3).with(clean.ids()[row]);
    }

    @Override
    public DifferentiableClassifier model() {
        return new Model();
    }

    @Override
    public Pass forward(float[] pixels) {
        Recorded pass = new Recorded(pixels.clone(), logits(pixels));
        passes.add(pass);
        return pass;
    }

    /** Bounds by intervals, and by lines through the ends of the open units' intervals, or 0 or 1 times the unit below. */
    @Override
    public Pass worstLogits(float[] lower, float[] upper, double linearShare) {
        int other = 1 - clean.labels()[0];
        double byIntervals = 0;
        double byLines = 0;
        double[] rows = new double[2];
        for (int unit = 0; unit < 2; unit++) {
            double low = 0;
            double high = 0;
            for (int pixel = 0; pixel < 2; pixel++) {
                double weight = hidden[unit][pixel];
                low += weight * (weight > 0 ? lower : upper)[pixel];
                high += weight * (weight > 0 ? upper : lower)[pixel];
            }
            double slope = output[other][unit] - output[1 - other][unit];
            byIntervals += slope * Math.max(0, slope > 0 ? high : low);
            boolean open = low < 0 && high > 0;
            double chord = high / (high - low);
            double line = open ? (slope > 0 ? chord : high > -low ? 1 : 0) : low >= 0 ? 1 : 0;
            byLines += open && slope > 0 ? -slope * chord * low : 0;
            for (int pixel = 0; pixel < 2; pixel++) {
                rows[pixel] += slope * line * hidden[unit][pixel];
            }
        }
        for (int pixel = 0; pixel < 2; pixel++) {
            byLines += rows[pixel] * (rows[pixel] > 0 ? upper : lower)[pixel];
        }
        float[] values = new float[2];
        values[other] = (float) ((1 - linearShare) * byIntervals + linearShare * byLines);
        Recorded pass = new Recorded(new float[] {lower[0], lower[1], upper[0], upper[1]}, new Logits(2, values));
        passes.add(pass);
        return pass;
    }

    Logits logits(float[] pixels) {
        float[] values = new float[pixels.length];
        for (int row = 0; row < pixels.length / 2; row++) {
            for (int k = 0; k < 2; k++) {
                double sum = 0;
                for (int unit = 0; unit < 2; unit++) {
                    sum += output[k][unit] * Math.max(0, before(pixels, row, unit));
                }
                values[2 * row + k] = (float) sum;
            }
        }
        return new Logits(2, values);
    }

    private double before(float[] pixels, int row, int unit) {
        return hidden[unit][0] * pixels[2 * row] + hidden[unit][1] * pixels[2 * row + 1];
    }

    /** A pass that remembers what is to be propagated back through it. */
    static final class Recorded implements Pass {
        final float[] pixels;
        final float[] derivative;
        private final Logits logits;

        Recorded(float[] pixels, Logits logits) {
            this.pixels = pixels;
            this.logits = logits;
            this.derivative = new float[logits.values().length];
        }

        @Override
        public Logits logits() {
            return logits;
        }

        @Override
        public void descend(float[] added) {
            for (int i = 0; i < derivative.length; i++) {
                derivative[i] += added[i];
            }
        }
    }

    private final class Model implements DifferentiableClassifier {
        @Override
        public ModelCard card() {
            throw new AssertionError("no objective needs it");
        }

        @Override
        public Logits logits(Batch batch) {
            return HandNet.this.logits(batch.pixels());
        }

        @Override
        public Gradient gradient(Batch batch, IntFunction<? extends Loss> lossOfRow) {
            Logits logits = logits(batch);
            double[] losses = new double[batch.size()];
            float[] derivative = new float[logits.values().length];
            float[] gradient = new float[batch.pixels().length];
            for (int row = 0; row < batch.size(); row++) {
                losses[row] = lossOfRow
                        .apply(row)
                        .valueAndDerivative(logits.values(), 2 * row, 2, batch.labels()[row], derivative);
                for (int pixel = 0; pixel < 2; pixel++) {
                    double sum = 0;
                    for (int unit = 0; unit < 2; unit++) {
                        if (before(batch.pixels(), row, unit) > 0) {
                            sum += hidden[unit][pixel]
                                    * (output[0][unit] * derivative[2 * row]
                                            + output[1][unit] * derivative[2 * row + 1]);
                        }
                    }
                    gradient[2 * row + pixel] = (float) sum;
                }
            }
            return new Gradient(logits, losses, gradient);
        }

        @Override
        public void close() {}
    }
}

package dev.gauntlet.model;

import dev.gauntlet.RandomKey;
import dev.gauntlet.data.Batch;
import dev.gauntlet.testkit.PlainModel;
import java.util.Arrays;
import java.util.SplittableRandom;

/** Two layers that learned a data set in plain Java; of the hidden numbers only the largest may be kept. */
public final class TrainedModel extends PlainModel {
    private static final double LEARNING_RATE = 0.05;

    private final double[][] first;
    private final double[] firstBias;
    private final double[][] second;
    private final double[] secondBias;
    private final int winners;

    private TrainedModel(int inputs, int hidden, int classes, int winners) {
        super(classes);
        SplittableRandom random = RandomKey.of(1).generator();
        first = random(random, hidden, inputs);
        firstBias = new double[hidden];
        second = random(random, classes, hidden);
        secondBias = new double[classes];
        this.winners = winners;
    }

    /** Learns some examples; the winners are how many of the hidden numbers are kept, all with the positive part. */
    public static TrainedModel on(Batch batch, int classes, int hidden, int winners, int epochs) {
        int length = batch.shape().size();
        TrainedModel model = new TrainedModel(length, hidden, classes, winners);
        for (int epoch = 0; epoch < epochs; epoch++) {
            for (int row = 0; row < batch.size(); row++) {
                double[] x = new double[length];
                for (int i = 0; i < length; i++) {
                    x[i] = batch.pixels()[row * length + i];
                }
                model.learn(x, batch.labels()[row], LEARNING_RATE / (1 + epoch));
            }
        }
        return model;
    }

    @Override
    public double[] logitsOf(double[] x) {
        return affine(second, secondBias, hidden(x));
    }

    @Override
    public double[] backward(double[] x, double[] byLogits) {
        return transposed(first, byHidden(hidden(x), byLogits));
    }

    private double[] hidden(double[] x) {
        double[] hidden = affine(first, firstBias, x);
        double threshold = 0;
        if (winners < hidden.length) {
            double[] sorted = hidden.clone();
            Arrays.sort(sorted);
            threshold = sorted[hidden.length - winners];
        }
        for (int h = 0; h < hidden.length; h++) {
            boolean kept = winners < hidden.length ? hidden[h] >= threshold : hidden[h] > 0;
            hidden[h] = kept ? hidden[h] : 0;
        }
        return hidden;
    }

    private double[] byHidden(double[] hidden, double[] byLogits) {
        double[] byHidden = transposed(second, byLogits);
        for (int h = 0; h < hidden.length; h++) {
            byHidden[h] = hidden[h] != 0 ? byHidden[h] : 0;
        }
        return byHidden;
    }

    private void learn(double[] x, int label, double rate) {
        double[] hidden = hidden(x);
        double[] byLogits = affine(second, secondBias, hidden);
        double largest = Arrays.stream(byLogits).max().orElseThrow();
        double sum = 0;
        for (int k = 0; k < byLogits.length; k++) {
            byLogits[k] = Math.exp(byLogits[k] - largest);
            sum += byLogits[k];
        }
        for (int k = 0; k < byLogits.length; k++) {
            byLogits[k] = byLogits[k] / sum - (k == label ? 1 : 0);
        }
        double[] byHidden = byHidden(hidden, byLogits);
        step(second, secondBias, byLogits, hidden, rate);
        step(first, firstBias, byHidden, x, rate);
    }

    private static void step(double[][] weights, double[] bias, double[] byOutput, double[] input, double rate) {
        for (int k = 0; k < weights.length; k++) {
            bias[k] -= rate * byOutput[k];
            for (int i = 0; i < input.length; i++) {
                weights[k][i] -= rate * byOutput[k] * input[i];
            }
        }
    }

    private static double[][] random(SplittableRandom random, int rows, int columns) {
        double[][] weights = new double[rows][columns];
        for (double[] row : weights) {
            for (int i = 0; i < columns; i++) {
                row[i] = random.nextGaussian() * Math.sqrt(2.0 / columns);
            }
        }
        return weights;
    }
}

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

    /** The weights of the first layer by input, once they are learned: a row of them is added in one go. */
    private double[][] byInput = {};

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
        return model.learned();
    }

    /** Learns examples that one step of the gradient from a random start has changed, which teaches to hide from one step. */
    public static TrainedModel againstOneStep(Batch batch, int classes, int hidden, double epsilon, int epochs) {
        int length = batch.shape().size();
        TrainedModel model = new TrainedModel(length, hidden, classes, hidden);
        SplittableRandom random = RandomKey.of(2).generator();
        for (int epoch = 0; epoch < epochs; epoch++) {
            for (int row = 0; row < batch.size(); row++) {
                double[] x = new double[length];
                for (int i = 0; i < length; i++) {
                    x[i] = batch.pixels()[row * length + i];
                }
                int label = batch.labels()[row];
                model.learn(model.stepped(x, label, epsilon, random), label, LEARNING_RATE / (1 + epoch));
            }
        }
        return model.learned();
    }

    private TrainedModel learned() {
        byInput = new double[first[0].length][first.length];
        for (int h = 0; h < first.length; h++) {
            for (int i = 0; i < first[h].length; i++) {
                byInput[i][h] = first[h][i];
            }
        }
        return this;
    }

    private double[] stepped(double[] x, int label, double epsilon, SplittableRandom random) {
        double[] start = new double[x.length];
        for (int i = 0; i < x.length; i++) {
            start[i] = x[i] + random.nextDouble(-epsilon, epsilon);
        }
        double[] gradient = backward(start, byLogits(hidden(start), label));
        for (int i = 0; i < x.length; i++) {
            double moved = start[i] + 1.25 * epsilon * Math.signum(gradient[i]);
            start[i] = Math.max(0, Math.min(1, Math.max(x[i] - epsilon, Math.min(x[i] + epsilon, moved))));
        }
        return start;
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
        double[] hidden = sums(x);
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

    /** Returns the sums of the first layer; each adds its numbers in the order of the inputs, learned or not. */
    private double[] sums(double[] x) {
        if (byInput.length == 0) {
            return affine(first, firstBias, x);
        }
        double[] sums = firstBias.clone();
        for (int i = 0; i < x.length; i++) {
            double[] weights = byInput[i];
            double pixel = x[i];
            // most of an image is background
            if (pixel != 0) {
                for (int h = 0; h < sums.length; h++) {
                    sums[h] += weights[h] * pixel;
                }
            }
        }
        return sums;
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
        double[] byLogits = byLogits(hidden, label);
        double[] byHidden = byHidden(hidden, byLogits);
        step(second, secondBias, byLogits, hidden, rate);
        step(first, firstBias, byHidden, x, rate);
    }

    /** Returns the derivative of the cross-entropy. */
    private double[] byLogits(double[] hidden, int label) {
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
        return byLogits;
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

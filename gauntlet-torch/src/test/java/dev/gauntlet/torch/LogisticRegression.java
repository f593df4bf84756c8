package dev.gauntlet.torch;

import dev.gauntlet.data.Batch;
import java.util.Iterator;
import java.util.Map;

/** Trains a linear network of two classes against the worst images, whose loss has a closed form, with Adam in doubles. */
final class LogisticRegression {
    private final Batch data;
    private final int pixels;

    /** The weights of class 0, those of class 1, and the two biases. */
    private final double[] weights;

    private final double[] average;
    private final double[] mean;
    private final double[] variance;
    private int steps;

    LogisticRegression(Map<String, WeightTensor> initial, Batch data) {
        this.data = data;
        this.pixels = data.shape().size();
        this.weights = new double[2 * pixels + 2];
        Iterator<WeightTensor> tensors = initial.values().iterator();
        float[] weight = tensors.next().values();
        float[] bias = tensors.next().values();
        for (int i = 0; i < weights.length; i++) {
            weights[i] = i < 2 * pixels ? weight[i] : bias[i - 2 * pixels];
        }
        this.average = weights.clone();
        this.mean = new double[weights.length];
        this.variance = new double[weights.length];
    }

    double[] kept(double averaging) {
        return averaging > 0 ? average : weights;
    }

    void step(double epsilon, double rate, double averaging, double perturbation) {
        double[] gradient = gradient(weights, epsilon, weights);
        if (perturbation > 0) {
            double[] moved = weights.clone();
            double factor = perturbation * norm(weights) / norm(gradient);
            for (int i = 0; i < 2 * pixels; i++) {
                moved[i] += factor * gradient[i];
            }
            // the images are those against the weights before
            gradient = gradient(moved, epsilon, weights);
        }
        steps++;
        for (int i = 0; i < weights.length; i++) {
            mean[i] = 0.9 * mean[i] + 0.1 * gradient[i];
            variance[i] = 0.999 * variance[i] + 0.001 * gradient[i] * gradient[i];
            double corrected = mean[i] / (1 - Math.pow(0.9, steps));
            double deviation = Math.sqrt(variance[i] / (1 - Math.pow(0.999, steps)));
            weights[i] -= rate * corrected / (deviation + 1e-8);
            average[i] = averaging * average[i] + (1 - averaging) * weights[i];
        }
    }

    private double norm(double[] vector) {
        double sum = 0;
        for (int i = 0; i < 2 * pixels; i++) {
            sum += vector[i] * vector[i];
        }
        return Math.sqrt(sum);
    }

    /** Returns the mean over the examples of the derivative of log(1 + exp(-(margin of the worst image))). */
    private double[] gradient(double[] at, double epsilon, double[] adversary) {
        double[] gradient = new double[at.length];
        for (int row = 0; row < data.size(); row++) {
            int label = data.labels()[row];
            int other = 1 - label;
            double margin = at[2 * pixels + label] - at[2 * pixels + other];
            double[] worst = new double[pixels];
            for (int i = 0; i < pixels; i++) {
                double difference = adversary[label * pixels + i] - adversary[other * pixels + i];
                worst[i] = data.pixels()[row * pixels + i] - epsilon * Math.signum(difference);
                margin += (at[label * pixels + i] - at[other * pixels + i]) * worst[i];
            }
            double weight = -1 / (1 + Math.exp(margin)) / data.size();
            for (int i = 0; i < pixels; i++) {
                gradient[label * pixels + i] += weight * worst[i];
                gradient[other * pixels + i] -= weight * worst[i];
            }
            gradient[2 * pixels + label] += weight;
            gradient[2 * pixels + other] -= weight;
        }
        return gradient;
    }
}

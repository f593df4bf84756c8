package dev.gauntlet.verification;

import dev.gauntlet.data.Batch;
import dev.gauntlet.data.Dataset;
import dev.gauntlet.loss.CrossEntropy;
import dev.gauntlet.loss.Loss;
import dev.gauntlet.model.DifferentiableClassifier;
import dev.gauntlet.model.Gradient;
import dev.gauntlet.model.Logits;
import dev.gauntlet.model.ModelCard;
import dev.gauntlet.model.TrainingHistory;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/** Softmax regression in plain Java, trained by gradient descent: a real model to attack, without an engine. */
final class SoftmaxRegression implements DifferentiableClassifier {
    private static final double LEARNING_RATE = 0.1;
    private static final int BATCH_SIZE = 50;

    private final int classes;
    private final int inputs;
    private final float[] weights;
    private final ModelCard card;

    private SoftmaxRegression(Dataset training, Dataset test, int epochs) {
        classes = training.classes().size();
        inputs = training.shape().size();
        weights = new float[classes * inputs];
        List<TrainingHistory.Epoch> history = new ArrayList<>();
        for (int epoch = 1; epoch <= epochs; epoch++) {
            double[] seen = train(training);
            double[] held = measure(test.batch(IntStream.range(0, test.size()).toArray()));
            history.add(new TrainingHistory.Epoch(
                    epoch,
                    seen[0] / training.size(),
                    (int) seen[1],
                    training.size(),
                    held[0] / test.size(),
                    (int) held[1],
                    test.size()));
        }
        card = new ModelCard(
                "linear",
                "784-10, softmax regression",
                weights.length,
                "c".repeat(64),
                Optional.of("runs/linear/<weights> & more.safetensors"),
                "plain Java",
                Optional.of(new TrainingHistory(training.origin(), "sgd", LEARNING_RATE, BATCH_SIZE, 0, history)));
    }

    static SoftmaxRegression trained(Dataset training, Dataset test, int epochs) {
        return new SoftmaxRegression(training, test, epochs);
    }

    @Override
    public ModelCard card() {
        return card;
    }

    @Override
    public Logits logits(Batch batch) {
        float[] values = new float[batch.size() * classes];
        for (int row = 0; row < batch.size(); row++) {
            for (int k = 0; k < classes; k++) {
                double sum = 0;
                for (int i = 0; i < inputs; i++) {
                    sum += (double) weights[k * inputs + i] * batch.pixels()[row * inputs + i];
                }
                values[row * classes + k] = (float) sum;
            }
        }
        return new Logits(classes, values);
    }

    @Override
    public Gradient gradient(Batch batch, IntFunction<? extends Loss> lossOfRow) {
        Logits logits = logits(batch);
        float[] derivative = new float[logits.values().length];
        double[] losses = new double[batch.size()];
        float[] pixels = new float[batch.pixels().length];
        for (int row = 0; row < batch.size(); row++) {
            losses[row] = lossOfRow
                    .apply(row)
                    .valueAndDerivative(logits.values(), row * classes, classes, batch.labels()[row], derivative);
            for (int k = 0; k < classes; k++) {
                for (int i = 0; i < inputs; i++) {
                    pixels[row * inputs + i] += derivative[row * classes + k] * weights[k * inputs + i];
                }
            }
        }
        return new Gradient(logits, losses, pixels);
    }

    @Override
    public void close() {}

    /** One pass in the given order; returns the summed loss and the number of correct answers as they were seen. */
    private double[] train(Dataset data) {
        double loss = 0;
        double correct = 0;
        for (int first = 0; first < data.size(); first += BATCH_SIZE) {
            Batch batch = data.batch(IntStream.range(first, Math.min(first + BATCH_SIZE, data.size()))
                    .toArray());
            double[] seen = measure(batch);
            loss += seen[0];
            correct += seen[1];
            step(batch);
        }
        return new double[] {loss, correct};
    }

    private void step(Batch batch) {
        Logits logits = logits(batch);
        float[] derivative = new float[logits.values().length];
        for (int row = 0; row < batch.size(); row++) {
            new CrossEntropy()
                    .valueAndDerivative(logits.values(), row * classes, classes, batch.labels()[row], derivative);
        }
        for (int row = 0; row < batch.size(); row++) {
            for (int k = 0; k < classes; k++) {
                double rate = LEARNING_RATE * derivative[row * classes + k] / batch.size();
                for (int i = 0; i < inputs; i++) {
                    weights[k * inputs + i] -= (float) (rate * batch.pixels()[row * inputs + i]);
                }
            }
        }
    }

    private double[] measure(Batch batch) {
        Gradient gradient = gradient(batch, new CrossEntropy());
        double loss = 0;
        int correct = 0;
        for (int row = 0; row < batch.size(); row++) {
            loss += gradient.losses()[row];
            if (gradient.logits().prediction(row) == batch.labels()[row]) {
                correct++;
            }
        }
        return new double[] {loss, correct};
    }
}

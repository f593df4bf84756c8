package dev.gauntlet.testkit;

import dev.gauntlet.attack.Problem;
import dev.gauntlet.data.Batch;
import dev.gauntlet.loss.Loss;
import dev.gauntlet.model.DifferentiableClassifier;
import dev.gauntlet.model.Gradient;
import dev.gauntlet.model.Logits;
import dev.gauntlet.model.ModelCard;
import java.util.Arrays;
import java.util.Map;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** A model that notes how near the successes are which an attack has seen, and how often it was asked about nothing. */
final class SuccessWatcher implements DifferentiableClassifier {
    private final DifferentiableClassifier model;
    private final Problem problem;
    private final Map<Integer, Integer> rowOfId;
    private final double[] nearest;
    private int emptyQuestions;

    SuccessWatcher(DifferentiableClassifier model, Problem problem) {
        this.model = model;
        this.problem = problem;
        int[] ids = problem.clean().ids();
        this.rowOfId = IntStream.range(0, ids.length).boxed().collect(Collectors.toMap(row -> ids[row], row -> row));
        this.nearest = new double[ids.length];
        Arrays.fill(nearest, Double.POSITIVE_INFINITY);
    }

    /** Returns how near the nearest success in the box is that the attack was told of; infinite if there was none. */
    double nearest(int row) {
        return nearest[row];
    }

    int emptyQuestions() {
        return emptyQuestions;
    }

    private void watch(Batch batch, Logits logits) {
        if (batch.size() == 0) {
            emptyQuestions++;
        }
        int length = batch.shape().size();
        for (int i = 0; i < batch.size(); i++) {
            int row = rowOfId.get(batch.ids()[i]);
            float[] x = Arrays.copyOfRange(batch.pixels(), i * length, (i + 1) * length);
            float[] clean = Arrays.copyOfRange(problem.clean().pixels(), row * length, (row + 1) * length);
            boolean inBox = IntStream.range(0, length).allMatch(p -> x[p] >= 0 && x[p] <= 1);
            boolean met = problem.criterion()
                    .isMet(logits.prediction(i), problem.clean().labels()[row]);
            if (inBox && met) {
                nearest[row] = Math.min(nearest[row], problem.norm().distance(clean, x, 0, length));
            }
        }
    }

    @Override
    public ModelCard card() {
        return model.card();
    }

    @Override
    public Logits logits(Batch batch) {
        Logits logits = model.logits(batch);
        watch(batch, logits);
        return logits;
    }

    @Override
    public Gradient gradient(Batch batch, IntFunction<? extends Loss> lossOfRow) {
        Gradient gradient = model.gradient(batch, lossOfRow);
        watch(batch, gradient.logits());
        return gradient;
    }

    @Override
    public void close() {}
}

package dev.gauntlet.testkit;

import dev.gauntlet.attack.kit.Problem;
import dev.gauntlet.data.Batch;
import dev.gauntlet.loss.Loss;
import dev.gauntlet.model.DifferentiableClassifier;
import dev.gauntlet.model.Gradient;
import dev.gauntlet.model.Logits;
import dev.gauntlet.model.ModelCard;
import java.util.Arrays;
import java.util.Map;
import java.util.Objects;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** A model that records the distance of the nearest success it was queried with, and the number of empty queries. */
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

    /** Returns the distance of the nearest success in the box that the attack saw; infinite if there was none. */
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
            int row = Objects.requireNonNull(rowOfId.get(batch.ids()[i]), "an id outside the problem");
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

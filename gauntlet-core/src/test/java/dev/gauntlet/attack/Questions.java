package dev.gauntlet.attack;

import dev.gauntlet.data.Batch;
import dev.gauntlet.model.Classifier;
import dev.gauntlet.model.Logits;
import dev.gauntlet.model.ModelCard;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A model that shows its logits only and keeps every image that it is asked about. */
final class Questions implements Classifier {
    private final Classifier model;
    private final Map<Integer, List<DecisionGoal>> byId = new HashMap<>();
    private final List<float[]> arrays = new ArrayList<>();
    private int images;

    Questions(Classifier model) {
        this.model = model;
    }

    /** An image that the model was asked about, and what it said. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record DecisionGoal(float[] pixels, int prediction) {}

    /** Returns what was asked about an example, in order. */
    List<DecisionGoal> of(int id) {
        return byId.getOrDefault(id, List.of());
    }

    int calls() {
        return arrays.size();
    }

    /** Returns the arrays in which it was asked, in order; they may have been written to since. */
    List<float[]> arrays() {
        return arrays;
    }

    int images() {
        return images;
    }

    @Override
    public ModelCard card() {
        return model.card();
    }

    @Override
    public Logits logits(Batch batch) {
        arrays.add(batch.pixels());
        images += batch.size();
        Logits logits = model.logits(batch);
        int length = batch.shape().size();
        for (int row = 0; row < batch.size(); row++) {
            float[] pixels = Arrays.copyOfRange(batch.pixels(), row * length, (row + 1) * length);
            byId.computeIfAbsent(batch.ids()[row], id -> new ArrayList<>())
                    .add(new DecisionGoal(pixels, logits.prediction(row)));
        }
        return logits;
    }

    @Override
    public void close() {}
}

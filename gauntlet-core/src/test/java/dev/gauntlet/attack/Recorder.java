package dev.gauntlet.attack;

import dev.gauntlet.data.Batch;
import dev.gauntlet.loss.Loss;
import dev.gauntlet.model.DifferentiableClassifier;
import dev.gauntlet.model.Gradient;
import dev.gauntlet.model.Logits;
import dev.gauntlet.model.ModelCard;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/** A model that notes what it was asked, in order. */
final class Recorder implements DifferentiableClassifier {
    private final DifferentiableClassifier model;
    private final List<Batch> forwards = new ArrayList<>();
    private final List<Batch> gradients = new ArrayList<>();

    Recorder(DifferentiableClassifier model) {
        this.model = model;
    }

    /** Returns the batches of which only the logits were asked. */
    List<Batch> forwards() {
        return forwards;
    }

    /** Returns the batches of which the gradient was asked. */
    List<Batch> gradients() {
        return gradients;
    }

    /** Returns the points at which the gradient of an example was asked. */
    List<float[]> path(int id) {
        List<float[]> path = new ArrayList<>();
        for (Batch batch : gradients) {
            int length = batch.shape().size();
            IntStream.range(0, batch.size())
                    .filter(row -> batch.ids()[row] == id)
                    .mapToObj(row -> Arrays.copyOfRange(batch.pixels(), row * length, (row + 1) * length))
                    .forEach(path::add);
        }
        return path;
    }

    @Override
    public ModelCard card() {
        return model.card();
    }

    @Override
    public Logits logits(Batch batch) {
        forwards.add(batch.withPixels(batch.pixels().clone()));
        return model.logits(batch);
    }

    @Override
    public Gradient gradient(Batch batch, IntFunction<? extends Loss> lossOfRow) {
        gradients.add(batch.withPixels(batch.pixels().clone()));
        return model.gradient(batch, lossOfRow);
    }

    @Override
    public void close() {}
}

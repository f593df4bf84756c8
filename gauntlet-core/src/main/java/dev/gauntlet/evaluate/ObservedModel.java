package dev.gauntlet.evaluate;

import dev.gauntlet.data.Batch;
import dev.gauntlet.loss.Loss;
import dev.gauntlet.model.DifferentiableClassifier;
import dev.gauntlet.model.Gradient;
import dev.gauntlet.model.Logits;
import dev.gauntlet.model.ModelCard;
import java.util.Arrays;
import java.util.Optional;
import java.util.function.IntFunction;

/**
 * The model as an attack on one batch gets it: what the model says of the clean pixels on the way is kept, so that the
 * evaluator need not ask again.
 *
 * <p>The logits are the model's own, not the attack's word; pixels that differ in a single bit are not taken for clean.
 */
final class ObservedModel implements DifferentiableClassifier {
    private final DifferentiableClassifier model;
    private final Batch clean;
    private Optional<Logits> cleanLogits = Optional.empty();

    ObservedModel(DifferentiableClassifier model, Batch clean) {
        this.model = model;
        this.clean = clean;
    }

    /** Returns the logits of the clean batch, asking the model only if it has not said them yet. */
    Logits cleanLogits() {
        return cleanLogits.orElseGet(() -> logits(clean));
    }

    @Override
    public ModelCard card() {
        return model.card();
    }

    @Override
    public Logits logits(Batch batch) {
        return keep(batch, model.logits(batch));
    }

    @Override
    public Gradient gradient(Batch batch, IntFunction<? extends Loss> lossOfRow) {
        Gradient gradient = model.gradient(batch, lossOfRow);
        keep(batch, gradient.logits());
        return gradient;
    }

    @Override
    public void close() {
        throw new UnsupportedOperationException("an attack does not own the model");
    }

    private Logits keep(Batch batch, Logits logits) {
        if (cleanLogits.isEmpty() && Arrays.equals(batch.pixels(), clean.pixels())) {
            cleanLogits = Optional.of(logits);
        }
        return logits;
    }
}

package dev.gauntlet.evaluate.shard;

import dev.gauntlet.data.Batch;
import dev.gauntlet.loss.Loss;
import dev.gauntlet.model.Classifier;
import dev.gauntlet.model.DifferentiableClassifier;
import dev.gauntlet.model.Gradient;
import dev.gauntlet.model.LayerGraph;
import dev.gauntlet.model.Logits;
import dev.gauntlet.model.ModelCard;
import java.util.Optional;
import java.util.function.IntFunction;

/** A model whose passes are watched. Closing it does nothing; the caller that opened the model closes it. */
public class WatchedModel implements Classifier {
    private final Classifier model;
    private final PassWatch watch;

    private WatchedModel(Classifier model, PassWatch watch) {
        this.model = model;
        this.watch = watch;
    }

    /**
     * Watches a model.
     *
     * @param model the model
     * @param watch receives every pass
     * @return the watched model
     */
    public static Classifier of(Classifier model, PassWatch watch) {
        return new WatchedModel(model, watch);
    }

    static DifferentiableClassifier withGradient(DifferentiableClassifier model, PassWatch watch) {
        return new WithGradient(model, watch);
    }

    @Override
    public final ModelCard card() {
        return model.card();
    }

    @Override
    public final boolean givesOnlyClasses() {
        return model.givesOnlyClasses();
    }

    @Override
    public final Optional<LayerGraph> layerGraph() {
        return model.layerGraph();
    }

    @Override
    public final Logits logits(Batch batch) {
        return watch.pass(batch, false, () -> model.logits(batch));
    }

    @Override
    public final void close() {
        // the caller that opened the model closes it
    }

    private static final class WithGradient extends WatchedModel implements DifferentiableClassifier {
        private final DifferentiableClassifier model;
        private final PassWatch watch;

        WithGradient(DifferentiableClassifier model, PassWatch watch) {
            super(model, watch);
            this.model = model;
            this.watch = watch;
        }

        @Override
        public Gradient gradient(Batch batch, IntFunction<? extends Loss> lossOfRow) {
            return watch.pass(batch, true, () -> model.gradient(batch, lossOfRow));
        }
    }
}

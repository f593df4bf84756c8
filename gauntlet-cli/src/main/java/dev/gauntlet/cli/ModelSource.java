package dev.gauntlet.cli;

import dev.gauntlet.model.Classifier;
import dev.gauntlet.model.DifferentiableClassifier;

/** Where a model comes from: for attacks that need its gradients, or for those that see nothing but logits. */
interface ModelSource {
    /** Gives the model with its gradients, to be closed by the caller. */
    DifferentiableClassifier whiteBox();

    /** Gives the model without them, to be closed by the caller. */
    Classifier blackBox();

    /** Opens the model as the attacks need it, to be closed by the caller. */
    default Classifier open(boolean blackBox) {
        return blackBox ? blackBox() : whiteBox();
    }

    /** Gives a model that is there already; one without gradients only to attacks that need none. */
    static ModelSource of(Classifier model) {
        return new ModelSource() {
            @Override
            public DifferentiableClassifier whiteBox() {
                if (model instanceof DifferentiableClassifier differentiable) {
                    return differentiable;
                }
                throw new IllegalStateException(model.card().name() + " was opened without its gradients.");
            }

            @Override
            public Classifier blackBox() {
                return model;
            }
        };
    }
}

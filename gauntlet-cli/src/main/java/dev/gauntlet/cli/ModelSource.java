package dev.gauntlet.cli;

import dev.gauntlet.model.Classifier;
import dev.gauntlet.model.DifferentiableClassifier;

/** Where a model comes from: for attacks that need its gradients, or for those that see nothing but logits. */
interface ModelSource {
    /** Gives the model with its gradients, to be closed by the caller. */
    DifferentiableClassifier whiteBox();

    /** Gives the model without them, to be closed by the caller. */
    Classifier blackBox();

    /** Gives a model that is there already. */
    static ModelSource of(DifferentiableClassifier model) {
        return new ModelSource() {
            @Override
            public DifferentiableClassifier whiteBox() {
                return model;
            }

            @Override
            public Classifier blackBox() {
                return model;
            }
        };
    }

    /** Gives a model that is there already, and answers questions only. */
    static ModelSource queried(Classifier model) {
        return new ModelSource() {
            @Override
            public DifferentiableClassifier whiteBox() {
                throw new IllegalStateException(model.card().name() + " is opened as a black box");
            }

            @Override
            public Classifier blackBox() {
                return model;
            }
        };
    }
}

package dev.gauntlet.explore;

import dev.gauntlet.model.Classifier;
import dev.gauntlet.model.DifferentiableClassifier;
import dev.gauntlet.request.Access;
import dev.gauntlet.request.ModelRef;
import java.util.Optional;

/**
 * A model on the page.
 *
 * @param title what the page calls it
 * @param classifier the open model; the caller that opened it closes it
 * @param reference where it is, for the plan that repeats what the page shows
 */
public record OpenModel(String title, Classifier classifier, ModelRef reference) {
    /** Returns the model with its gradients, if it has any. */
    Optional<DifferentiableClassifier> differentiable() {
        return classifier instanceof DifferentiableClassifier differentiable
                ? Optional.of(differentiable)
                : Optional.empty();
    }

    /** Returns what attacks may see of it. */
    Access access() {
        return differentiable().isPresent() ? Access.WHITE_BOX : Access.BLACK_BOX;
    }

    /** Says why only black-box attacks are offered, if so. */
    Optional<String> obstacle() {
        if (classifier.givesOnlyClasses()) {
            return Optional.of(
                    "%s returns only the predicted class, so only attacks that need no more are offered; confidences, losses and margins are not available."
                            .formatted(title));
        }
        return differentiable().isPresent()
                ? Optional.empty()
                : Optional.of("%s has no gradients here, so only attacks that need none are offered.".formatted(title));
    }
}

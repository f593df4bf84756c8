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
 * @param access what attacks may see of it; only outputs if it has no gradients
 */
public record OpenModel(String title, Classifier classifier, ModelRef reference, Access access) {
    public OpenModel {
        access = classifier instanceof DifferentiableClassifier ? access : Access.BLACK_BOX;
    }

    /**
     * Shows a model whose gradients attacks may use, if it has any.
     *
     * @param title what the page calls it
     * @param classifier the open model; the caller that opened it closes it
     * @param reference where it is, for the plan that repeats what the page shows
     */
    public OpenModel(String title, Classifier classifier, ModelRef reference) {
        this(title, classifier, reference, Access.WHITE_BOX);
    }

    /** Returns the model with its gradients, if it has any and attacks may use them. */
    Optional<DifferentiableClassifier> differentiable() {
        return access == Access.WHITE_BOX && classifier instanceof DifferentiableClassifier differentiable
                ? Optional.of(differentiable)
                : Optional.empty();
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

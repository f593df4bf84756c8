package dev.gauntlet.model;

import dev.gauntlet.RandomKey;

/** A classifier that is re-randomized on every query: it adds noise, drops units or moves the image at random. */
@FunctionalInterface
public interface RandomizedClassifier {
    /**
     * Draws one classifier.
     *
     * @param randomness the source of all its random numbers; random numbers for an image must be keyed by the image's
     *     id, so that no image depends on the others
     * @return the classifier, which is deterministic
     */
    DifferentiableClassifier draw(RandomKey randomness);
}

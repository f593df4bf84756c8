package dev.gauntlet.model;

import dev.gauntlet.RandomKey;

/** A classifier that is another one each time it is asked: it adds noise, drops units or moves the image at random. */
@FunctionalInterface
public interface RandomizedClassifier {
    /**
     * Draws one classifier.
     *
     * @param randomness where all its random numbers come from; what concerns one image has to be narrowed by the image's
     *     id, so that no image depends on its neighbours
     * @return the classifier, which is deterministic
     */
    DifferentiableClassifier draw(RandomKey randomness);
}

package dev.gauntlet.loss;

import dev.gauntlet.GauntletException;

/** Checks the class index of a loss; an index beyond the last class would read the next example's logits. */
final class ClassIndex {
    private ClassIndex() {}

    static void requireNotNegative(int index) {
        if (index < 0) {
            throw new GauntletException("Class %d does not exist; class numbers start at 0.".formatted(index));
        }
    }

    static void requireBelow(int classes, int index) {
        if (index >= classes) {
            throw new GauntletException("Class %d does not exist; this model has %d classes, 0 to %d."
                    .formatted(index, classes, classes - 1));
        }
    }
}

package dev.gauntlet.loss;

import dev.gauntlet.GauntletException;

/** Checks of a class that a loss names; one beyond the last would be read from the next example's logits. */
final class ClassIndex {
    private ClassIndex() {}

    static void requireNotNegative(int index) {
        if (index < 0) {
            throw new GauntletException("Class %d does not exist; classes count from 0.".formatted(index));
        }
    }

    static void requireBelow(int classes, int index) {
        if (index >= classes) {
            throw new GauntletException("Class %d does not exist; this model has %d classes, 0 to %d."
                    .formatted(index, classes, classes - 1));
        }
    }
}

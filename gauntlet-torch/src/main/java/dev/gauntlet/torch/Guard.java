package dev.gauntlet.torch;

import dev.gauntlet.GauntletException;

/**
 * How an adversarial training is watched: images of the training data are held out, and attacked after each epoch.
 *
 * <p>Catastrophic overfitting is a network that has learned to answer single steps only: FGSM finds little, PGD finds nearly
 * everything. Wong, Rice and Kolter, "Fast is better than free", ICLR 2020, section 5. The weights that are kept are those of
 * the epoch with the highest accuracy under PGD: Rice, Wong and Kolter, "Overfitting in adversarially robust deep learning",
 * ICML 2020, <a href="https://arxiv.org/abs/2002.11569">arXiv:2002.11569</a>.
 *
 * @param images the number of images held out, at least 1; at most a fifth of the training data is taken
 * @param steps the steps of PGD, at least 1, each of a quarter of epsilon
 * @param gap the largest difference between the accuracies under FGSM and under PGD, above 0 and at most 1
 * @param drop by how much the accuracy under PGD may fall below its best, above 0 and at most 1
 * @param from the share of the training after which both count, from 0 to 1. Earlier a training with a single step shows the
 *     same signs and recovers (on MNIST at 0.3, 77 % under FGSM and 21 % under PGD after two of ten epochs, and 90 % and 83 %
 *     after five), so that only a gap five times as large counts
 */
public record Guard(int images, int steps, double gap, double drop, double from) {
    private static final int LARGEST_SHARE = 5;

    public Guard {
        if (images < 1) {
            throw new GauntletException("The guard must hold out at least 1 image, got %d.".formatted(images));
        }
        if (steps < 1) {
            throw new GauntletException("The PGD of the guard must make at least 1 step, got %d.".formatted(steps));
        }
        if (!(gap > 0 && gap <= 1)) {
            throw new GauntletException("The gap of the guard must be above 0 and at most 1, got %s.".formatted(gap));
        }
        if (!(drop > 0 && drop <= 1)) {
            throw new GauntletException("The drop of the guard must be above 0 and at most 1, got %s.".formatted(drop));
        }
        if (!(from >= 0 && from <= 1)) {
            throw new GauntletException(
                    "The share of the training after which the guard decides must be from 0 to 1, got %s."
                            .formatted(from));
        }
    }

    /**
     * Returns the number of images held out.
     *
     * @param examples the number of training examples
     * @return at most a fifth of them, at least 1
     */
    public int heldOut(int examples) {
        return Math.max(1, Math.min(images, examples / LARGEST_SHARE));
    }

    /**
     * Returns 500 images, 10 steps, a gap of 0.15 and a drop of 0.1. Both limits are at least three standard deviations for
     * 500 images, and apply from half of the training on.
     *
     * @return the guard
     */
    public static Guard defaults() {
        return new Guard(500, 10, 0.15, 0.1, 0.5);
    }
}

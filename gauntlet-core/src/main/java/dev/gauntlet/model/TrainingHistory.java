package dev.gauntlet.model;

import dev.gauntlet.GauntletException;
import dev.gauntlet.data.DataOrigin;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Describes how a model was trained.
 *
 * @param data the training data
 * @param optimizer the optimizer, such as {@code adam}
 * @param learningRate the step size
 * @param batchSize the number of examples per step
 * @param seed the seed of the initial weights, the order of the examples and dropout
 * @param epochs one entry per pass over the training data, in order
 * @param defense how the network was made harder to attack; empty for standard training
 */
public record TrainingHistory(
        DataOrigin data,
        String optimizer,
        double learningRate,
        int batchSize,
        long seed,
        List<Epoch> epochs,
        Optional<Defense> defense) {
    public TrainingHistory {
        epochs = List.copyOf(epochs);
        if (!Double.isFinite(learningRate)) {
            throw new GauntletException("learningRate is %s.".formatted(learningRate));
        }
        for (int i = 1; i < epochs.size(); i++) {
            if (epochs.get(i).number() <= epochs.get(i - 1).number()) {
                throw new GauntletException("epochs[%s].number is %s after %s."
                        .formatted(i, epochs.get(i).number(), epochs.get(i - 1).number()));
            }
        }
    }

    /**
     * Describes a standard training.
     *
     * @param data the training data
     * @param optimizer the optimizer, such as {@code adam}
     * @param learningRate the step size
     * @param batchSize the number of examples per step
     * @param seed the seed of the initial weights, the order of the examples and dropout
     * @param epochs one entry per pass over the training data, in order
     */
    public TrainingHistory(
            DataOrigin data, String optimizer, double learningRate, int batchSize, long seed, List<Epoch> epochs) {
        this(data, optimizer, learningRate, batchSize, seed, epochs, Optional.empty());
    }

    /**
     * How a network was made harder to attack.
     *
     * @param objective what was minimized, with its options, such as {@code trades:beta=1.0}
     * @param epsilon the largest change of a pixel against which it was trained; 0 if there was no adversary
     * @param schedule how the learning rate changed, such as {@code triangle}
     * @param modifiers further options that were used, such as {@code averaging=0.995}
     * @param startedFrom the SHA-256 of the weights with which the training began; empty for new weights
     * @param watched one entry per epoch: the accuracy on images of the training data that were held out, which the training
     *     did not see
     * @param keptEpoch the epoch whose weights these are
     * @param findings what went wrong and what was done about it, as sentences
     */
    public record Defense(
            String objective,
            double epsilon,
            String schedule,
            List<String> modifiers,
            Optional<String> startedFrom,
            List<Watched> watched,
            int keptEpoch,
            List<String> findings) {
        public Defense {
            modifiers = List.copyOf(modifiers);
            watched = List.copyOf(watched);
            findings = List.copyOf(findings);
        }
    }

    /**
     * The accuracy on the images held out, after an epoch.
     *
     * @param epoch the number of the epoch
     * @param examples the number of images
     * @param clean how many were classified correctly
     * @param fgsm how many still were under FGSM with the epsilon of the training
     * @param pgd how many still were under the guard's PGD
     * @param certified how many are certified by interval arithmetic with the epsilon of the training; empty for an objective
     *     that does not train on bounds
     */
    public record Watched(int epoch, int examples, int clean, int fgsm, int pgd, OptionalInt certified) {
        public Watched {
            // older records do not have it
            certified = Objects.requireNonNullElse(certified, OptionalInt.empty());
            Epoch.requirePart(certified.orElse(0), examples, "certified");
            Epoch.requirePart(clean, examples, "clean");
            Epoch.requirePart(fgsm, examples, "fgsm");
            Epoch.requirePart(pgd, examples, "pgd");
        }

        /**
         * Creates the measurements for an objective that does not train on bounds.
         *
         * @param epoch the number of the epoch
         * @param examples the number of images
         * @param clean how many were classified correctly
         * @param fgsm how many still were under FGSM with the epsilon of the training
         * @param pgd how many still were under the guard's PGD
         */
        public Watched(int epoch, int examples, int clean, int fgsm, int pgd) {
            this(epoch, examples, clean, fgsm, pgd, OptionalInt.empty());
        }

        /**
         * Returns by what epochs are compared: the images that are certified, if the objective trains on bounds, otherwise
         * those that are robust under PGD.
         *
         * @return a number of images
         */
        public int score() {
            return certified.orElse(pgd);
        }

        /**
         * Returns how much less is left under PGD than under FGSM.
         *
         * @return the difference of the two accuracies, negative if FGSM is stronger
         */
        public double gap() {
            return (double) (fgsm - pgd) / examples;
        }
    }

    /**
     * The measurements of one pass over the training data.
     *
     * @param number the number of the epoch, counted from 1
     * @param trainingLoss the mean of what the training minimizes over the training data, measured during training
     * @param trainingCorrect the number of training examples that were classified correctly during training, attacked if the
     *     objective has an adversary
     * @param trainingExamples the number of training examples
     * @param testLoss the mean cross-entropy over the test data after the epoch
     * @param testCorrect the number of test examples that were classified correctly after the epoch
     * @param testExamples the number of test examples
     */
    public record Epoch(
            int number,
            double trainingLoss,
            int trainingCorrect,
            int trainingExamples,
            double testLoss,
            int testCorrect,
            int testExamples) {
        public Epoch {
            if (number < 1) {
                throw new GauntletException("number is %s, epochs are counted from 1.".formatted(number));
            }
            requireLoss(trainingLoss, "trainingLoss");
            requireLoss(testLoss, "testLoss");
            requirePart(trainingCorrect, trainingExamples, "trainingCorrect");
            requirePart(testCorrect, testExamples, "testCorrect");
        }

        private static void requireLoss(double loss, String what) {
            if (!(loss >= 0) || !Double.isFinite(loss)) {
                throw new GauntletException("%s is %s, it is a finite number of at least 0.".formatted(what, loss));
            }
        }

        private static void requirePart(int part, int whole, String what) {
            if (whole < 1 || part < 0 || part > whole) {
                throw new GauntletException("%s is %s of %s.".formatted(what, part, whole));
            }
        }
    }
}

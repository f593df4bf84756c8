package dev.gauntlet.model;

import dev.gauntlet.data.Batch;
import dev.gauntlet.data.Layout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Finds out by trying whether a model wants other numbers than it is given, which is the most frequent mistake with
 * models from elsewhere: a model that was trained on bytes or on normalised pixels classifies raw ones badly, and every
 * robustness that is measured of it then means nothing.
 *
 * <p>Cost: eight forward passes of the sample.
 */
public final class InputMistakes {
    /** How much better another scale has to be before it is worth a word. */
    private static final double WORTH_MENTIONING = 0.1;

    private static final List<Habit> HABITS = List.of(
            new Habit("--input-max 255", ModelContract.RAW.withLargest(255), 0),
            normalization("0.5", "0.5", 0),
            // MNIST, Fashion-MNIST, CIFAR-10 and ImageNet
            normalization("0.1307", "0.3081", 1),
            normalization("0.286", "0.353", 1),
            normalization("0.4914,0.4822,0.4465", "0.247,0.2435,0.2616", 3),
            normalization("0.485,0.456,0.406", "0.229,0.224,0.225", 3));

    /**
     * A habit of the field.
     *
     * @param options how the command line says it
     * @param contract what a model is given then
     * @param channels the channels that the habit is for, 0 for any
     */
    private record Habit(String options, ModelContract contract, int channels) {}

    private static Habit normalization(String means, String deviations, int channels) {
        return new Habit(
                "--mean %s --std %s".formatted(means, deviations),
                ModelContract.RAW.withNormalization(numbers(means), numbers(deviations)),
                channels);
    }

    private static List<Double> numbers(String text) {
        return Arrays.stream(text.split(",", -1)).map(Double::valueOf).toList();
    }

    private InputMistakes() {}

    /**
     * Tries the habits of the field on a model that is given raw pixels.
     *
     * @param model the model
     * @param sample labelled images
     * @return a sentence for each suspicion; empty if there is none
     */
    public static List<String> find(Classifier model, Batch sample) {
        return find(model, sample, List.of());
    }

    /**
     * Tries the habits of the field on a model that is given raw pixels, and other orders of the classes.
     *
     * @param model the model
     * @param sample labelled images
     * @param names the class names, as many as the model has outputs; if empty, no other order is tried
     * @return a sentence for each suspicion; empty if there is none
     */
    public static List<String> find(Classifier model, Batch sample, List<String> names) {
        List<String> suspicions = new ArrayList<>();
        double given = accuracy(model, sample);
        int classes = model.logits(sample.select(new int[] {0})).classes();
        Habit best = null;
        // better than given, and better than always saying the same
        double highest = Math.max(given, 1.0 / classes) + WORTH_MENTIONING;
        for (Habit habit : HABITS) {
            boolean fits =
                    habit.channels == 0 || habit.channels == sample.shape().channels();
            if (fits && model.card().contract().keepsValues()) {
                double accuracy = accuracy(model, sample.withPixels(habit.contract.apply(sample, Layout.NCHW)));
                if (accuracy > highest) {
                    highest = accuracy;
                    best = habit;
                }
            }
        }
        if (best != null) {
            suspicions.add("It classifies %s of the images correctly, but %s with %s; was it trained on such numbers?"
                    .formatted(percent(given), percent(highest), best.options));
            return List.copyOf(suspicions);
        }
        Optional<OtherOrder> order = names.isEmpty() ? Optional.empty() : otherOrder(model, sample, names);
        if (order.isPresent()) {
            suspicions.add(order.get().toString());
        } else if (given < Math.min(0.5, 2.0 / classes)) {
            suspicions.add(
                    "It classifies only %s of the images correctly, hardly more than by chance; check the normalisation, the layout, and whether its classes are in the order of the data's."
                            .formatted(percent(given)));
        }
        return List.copyOf(suspicions);
    }

    /**
     * Looks for an order of the classes in which the model is right far more often.
     *
     * <p>Cost: one forward pass of the sample.
     *
     * @param model the model
     * @param sample labelled images
     * @param names the class names, as many as the model has outputs
     * @return the other order; empty if none is far better than the given one
     */
    public static Optional<OtherOrder> otherOrder(Classifier model, Batch sample, List<String> names) {
        Logits logits = model.logits(sample);
        return OtherOrder.find(
                IntStream.range(0, sample.size()).map(logits::prediction).toArray(), sample, names);
    }

    /**
     * Computes how many of some images a model classifies correctly.
     *
     * @param model the model
     * @param sample labelled images
     * @return the share, of [0,1]
     */
    public static double accuracy(Classifier model, Batch sample) {
        Logits logits = model.logits(sample);
        int correct = 0;
        for (int row = 0; row < sample.size(); row++) {
            correct += logits.prediction(row) == sample.labels()[row] ? 1 : 0;
        }
        return (double) correct / sample.size();
    }

    private static String percent(double share) {
        return String.format(Locale.ROOT, "%.1f %%", 100 * share);
    }
}

package dev.gauntlet.model;

import dev.gauntlet.data.Batch;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * An order of the classes for which a model classifies far more images correctly than for that of the data.
 *
 * <p>The order is found on one half of the images and judged on the other half, and vice versa, so that it does not
 * overfit if there are many classes with few images.
 *
 * @param given the accuracy with the order of the data
 * @param accuracy the accuracy with the other order, on images that were not used to find it
 * @param classes the class names in the other order; where no image decides, in the order of the data
 */
public record OtherOrder(double given, double accuracy, List<String> classes) {
    /** The least improvement of the accuracy that is reported. */
    private static final double WORTH_MENTIONING = 0.25;

    /** A model with a lower accuracy does not determine an order. */
    private static final double LEAST_ACCURACY = 0.5;

    /** The least improvement in standard deviations: chance exceeds it less often than once in a thousand. */
    private static final double DEVIATIONS = 3;

    /** The number of names that are listed. */
    private static final int LISTED = 20;

    public OtherOrder {
        classes = List.copyOf(classes);
    }

    /** Looks for such an order, given the predictions of a model. */
    static Optional<OtherOrder> find(int[] predictions, Batch sample, List<String> classes) {
        int[] labels = sample.labels();
        boolean[] isFirstHalf = halves(labels, classes.size());
        int[] first = assign(predictions, labels, isFirstHalf, true, classes.size());
        int[] second = assign(predictions, labels, isFirstHalf, false, classes.size());
        int correct = 0;
        int correctInOther = 0;
        int gained = 0;
        int lost = 0;
        for (int row = 0; row < labels.length; row++) {
            boolean right = predictions[row] == labels[row];
            boolean rightInOther = predictions[row] == (isFirstHalf[row] ? second : first)[labels[row]];
            correct += right ? 1 : 0;
            correctInOther += rightInOther ? 1 : 0;
            gained += rightInOther && !right ? 1 : 0;
            lost += right && !rightInOther ? 1 : 0;
        }
        double given = (double) correct / labels.length;
        double other = (double) correctInOther / labels.length;
        boolean isBetter = other >= LEAST_ACCURACY
                && other - given >= WORTH_MENTIONING
                && gained - lost >= DEVIATIONS * Math.sqrt(gained + lost);
        if (!isBetter) {
            return Optional.empty();
        }
        int[] all =
                assign(predictions, labels, IntStream.range(0, labels.length).toArray(), classes.size());
        String[] names = new String[classes.size()];
        for (int label = 0; label < all.length; label++) {
            names[all[label]] = classes.get(label);
        }
        return Optional.of(new OtherOrder(given, other, Arrays.asList(names)));
    }

    /** Puts every second image of each class into the first half. */
    private static boolean[] halves(int[] labels, int classes) {
        int[] seen = new int[classes];
        boolean[] isFirst = new boolean[labels.length];
        for (int row = 0; row < labels.length; row++) {
            isFirst[row] = seen[labels[row]]++ % 2 == 0;
        }
        return isFirst;
    }

    private static int[] assign(int[] predictions, int[] labels, boolean[] isFirstHalf, boolean half, int classes) {
        int[] rows = IntStream.range(0, labels.length)
                .filter(row -> isFirstHalf[row] == half)
                .toArray();
        return assign(predictions, labels, rows, classes);
    }

    /** A class of the data, a prediction of the model, and how often they occur together. */
    private record Pair(int label, int answer, int count) {}

    /**
     * Assigns an output to each class of the data, the most frequent pairs first; the other classes keep their output
     * or take a free one.
     */
    private static int[] assign(int[] predictions, int[] labels, int[] rows, int classes) {
        Map<List<Integer>, Integer> counts = new HashMap<>();
        for (int row : rows) {
            counts.merge(List.of(labels[row], predictions[row]), 1, Integer::sum);
        }
        List<Pair> pairs = counts.entrySet().stream()
                .map(entry -> new Pair(entry.getKey().get(0), entry.getKey().get(1), entry.getValue()))
                .sorted(Comparator.comparingInt((Pair pair) -> -pair.count)
                        // where the images do not decide, the order of the data does
                        .thenComparing(pair -> pair.label != pair.answer)
                        .thenComparingInt(pair -> pair.label)
                        .thenComparingInt(pair -> pair.answer))
                .toList();
        int[] outputs = new int[classes];
        Arrays.fill(outputs, -1);
        boolean[] taken = new boolean[classes];
        for (Pair pair : pairs) {
            if (outputs[pair.label] < 0 && !taken[pair.answer]) {
                outputs[pair.label] = pair.answer;
                taken[pair.answer] = true;
            }
        }
        List<Integer> left = new ArrayList<>();
        for (int label = 0; label < classes; label++) {
            if (outputs[label] < 0 && !taken[label]) {
                outputs[label] = label;
                taken[label] = true;
            } else if (outputs[label] < 0) {
                left.add(label);
            }
        }
        int output = 0;
        for (int label : left) {
            while (taken[output]) {
                output++;
            }
            outputs[label] = output;
            taken[output] = true;
        }
        return outputs;
    }

    /** Describes the order in a sentence for the user. */
    @Override
    public String toString() {
        String names = classes.stream().limit(LISTED).collect(Collectors.joining(","));
        return String.format(
                Locale.ROOT,
                "It classifies %.1f %% of the images correctly, but %.1f %% if the classes are in another order: %s%s; check the order of its outputs; that of class folders and text labels can be set.",
                100 * given,
                100 * accuracy,
                names,
                classes.size() > LISTED ? ",..." : "");
    }
}

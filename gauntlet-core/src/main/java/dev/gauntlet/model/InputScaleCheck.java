package dev.gauntlet.model;

import dev.gauntlet.Setting;
import dev.gauntlet.data.Batch;
import dev.gauntlet.data.ImageShape;
import dev.gauntlet.data.Layout;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Tries whether a model expects another preprocessing, the most common mistake with externally trained models: a model
 * that was trained on bytes or on normalized pixels classifies raw pixels badly, and its measured robustness is then
 * meaningless.
 *
 * <p>Cost: up to thirteen forward passes of the sample.
 */
public final class InputScaleCheck {
    /** The least improvement of the accuracy that is reported. */
    private static final double WORTH_MENTIONING = 0.1;

    /** The least improvement in standard deviations: chance exceeds it less often than once in a thousand. */
    private static final double DEVIATIONS = 3;

    private static final List<Habit> HABITS = List.of(
            contract(
                    "pixels in [0,1] and no normalization",
                    InputSpec.RAW,
                    0,
                    Setting.INPUT_MAX,
                    Setting.MEAN,
                    Setting.STD),
            contract("pixels from 0 to 255", InputSpec.RAW.withInputMax(255), 0, Setting.INPUT_MAX),
            normalization("0.5", "0.5", 0),
            // MNIST, Fashion-MNIST, CIFAR-10 and ImageNet
            normalization("0.1307", "0.3081", 1),
            normalization("0.286", "0.353", 1),
            normalization("0.4914,0.4822,0.4465", "0.247,0.2435,0.2616", 3),
            normalization("0.485,0.456,0.406", "0.229,0.224,0.225", 3),
            new Habit("black and white swapped", 0, List.of(), (images, given) -> reordered(images, Order.NEGATIVE)),
            new Habit("rows and columns swapped", 0, List.of(), (images, given) -> reordered(images, Order.TRANSPOSED)),
            new Habit(
                    "the channels in the order blue, green, red",
                    3,
                    List.of(),
                    (images, given) -> reordered(images, Order.REVERSED_CHANNELS)),
            new Habit(
                    "the channels last in each pixel (nhwc)",
                    3,
                    List.of(),
                    (images, given) -> reordered(images, Order.CHANNELS_LAST)));

    /**
     * A common way of preprocessing images.
     *
     * @param how the preprocessing, in words
     * @param channels the number of channels that it applies to, 0 for any
     * @param settings what has to be set for it
     * @param change computes the pixels for which the model is given what this preprocessing would give it
     */
    private record Habit(String how, int channels, List<Setting> settings, Change change) {}

    /** Computes the pixels that lead to this preprocessing after the model's own contract is applied. */
    @FunctionalInterface
    private interface Change {
        float[] apply(Batch images, InputSpec given);
    }

    private static Habit normalization(String means, String deviations, int channels) {
        return contract(
                "mean %s and std %s".formatted(means, deviations),
                InputSpec.RAW.withNormalization(numbers(means), numbers(deviations)),
                channels,
                Setting.MEAN,
                Setting.STD);
    }

    private static Habit contract(String how, InputSpec wanted, int channels, Setting... settings) {
        return new Habit(
                how,
                channels,
                List.of(settings),
                (images, given) -> given.undone(images.withPixels(wanted.apply(images, Layout.NCHW))));
    }

    private static List<Double> numbers(String text) {
        return Arrays.stream(text.split(",", -1)).map(Double::valueOf).toList();
    }

    /** Other orders of the pixels of an image. */
    private enum Order {
        NEGATIVE,
        TRANSPOSED,
        REVERSED_CHANNELS,
        CHANNELS_LAST
    }

    private static float[] reordered(Batch images, Order order) {
        ImageShape shape = images.shape();
        int channels = shape.channels();
        int height = shape.height();
        int width = shape.width();
        int plane = height * width;
        float[] pixels = images.pixels();
        float[] changed = new float[pixels.length];
        for (int start = 0; start < pixels.length; start += shape.size()) {
            for (int c = 0; c < channels; c++) {
                for (int i = 0; i < plane; i++) {
                    float pixel = pixels[start + c * plane + i];
                    switch (order) {
                        case NEGATIVE -> changed[start + c * plane + i] = 1 - pixel;
                        case TRANSPOSED -> changed[start + c * plane + i % width * height + i / width] = pixel;
                        case REVERSED_CHANNELS -> changed[start + (channels - 1 - c) * plane + i] = pixel;
                        case CHANNELS_LAST -> changed[start + i * channels + c] = pixel;
                    }
                }
            }
        }
        return changed;
    }

    private InputScaleCheck() {}

    /**
     * A suspicion about how a model is used.
     *
     * @param sentence what the accuracy suggests
     * @param settings what would have to be set otherwise; empty if no setting helps
     */
    public record Suspicion(String sentence, List<Setting> settings) {
        public Suspicion {
            settings = List.copyOf(settings);
        }
    }

    /**
     * Tries common ways of preprocessing on a model that is given raw pixels.
     *
     * @param model the model
     * @param sample labelled images
     * @return the suspicion; empty if there is none
     */
    public static Optional<Suspicion> find(Classifier model, Batch sample) {
        return find(model, sample, List.of());
    }

    /**
     * Tries common ways of preprocessing on a model that is given raw pixels, and other orders of the classes.
     *
     * @param model the model
     * @param sample labelled images
     * @param names the class names, as many as the model has outputs; if empty, no other order is tried
     * @return the better supported suspicion; empty if there is none
     */
    public static Optional<Suspicion> find(Classifier model, Batch sample, List<String> names) {
        double given = accuracy(model, sample);
        int classes = model.logits(sample.select(new int[] {0})).classes();
        Optional<OtherInput> input = otherInput(model, sample, given, classes);
        Optional<OtherOrder> order = names.isEmpty() ? Optional.empty() : otherOrder(model, sample, names);
        double byOrder = order.map(OtherOrder::accuracy).orElse(0.0);
        if (input.isPresent() && input.get().accuracy() > byOrder) {
            return Optional.of(new Suspicion(
                    input.get() + "; was it trained on such images?",
                    input.get().settings()));
        }
        if (order.isPresent()) {
            return Optional.of(new Suspicion(order.get().toString(), List.of(Setting.CLASSES)));
        }
        return given < Math.min(0.5, 2.0 / classes)
                ? Optional.of(new Suspicion(
                        "It classifies only %s of the images correctly, hardly more than by chance; check the normalization, the layout, and whether the order of its classes is that of the data."
                                .formatted(percent(given)),
                        List.of()))
                : Optional.empty();
    }

    /**
     * Another preprocessing for which a model classifies far more images correctly.
     *
     * @param given the accuracy with the given preprocessing
     * @param accuracy the accuracy with the other preprocessing
     * @param how the other preprocessing, in words
     * @param settings what has to be set for it
     * @param isSure whether the difference is too large to be explained by chance
     */
    public record OtherInput(double given, double accuracy, String how, List<Setting> settings, boolean isSure) {
        public OtherInput {
            settings = List.copyOf(settings);
        }

        /** Returns a sentence for the user, without its full stop. */
        @Override
        public String toString() {
            return "It classifies %s of the images correctly, but %s with %s"
                    .formatted(percent(given), percent(accuracy), how);
        }
    }

    /**
     * Looks for another preprocessing for which the model is far more accurate: another scale or normalization, or
     * another order of the pixels.
     *
     * <p>Cost: up to twelve forward passes of the sample; none if the accuracy is too high for an improvement.
     *
     * @param model the model
     * @param sample labelled images
     * @param given the accuracy on them
     * @param classes the number of classes
     * @return the best other preprocessing; empty if none is far better
     */
    public static Optional<OtherInput> otherInput(Classifier model, Batch sample, double given, int classes) {
        InputSpec contract = model.card().contract();
        OtherInput best = null;
        // better than given, and better than a constant prediction
        double highest = Math.max(given, 1.0 / classes) + WORTH_MENTIONING;
        if (highest > 1) {
            return Optional.empty();
        }
        for (Habit habit : HABITS) {
            boolean fits =
                    habit.channels == 0 || habit.channels == sample.shape().channels();
            if (fits) {
                double accuracy = accuracy(model, sample.withPixels(habit.change.apply(sample, contract)));
                // the difference in standard deviations if no image is correct only with the given preprocessing
                boolean isSure = (accuracy - given) * sample.size() >= DEVIATIONS * DEVIATIONS;
                if (accuracy > highest) {
                    highest = accuracy;
                    best = new OtherInput(given, accuracy, habit.how, habit.settings, isSure);
                }
            }
        }
        return Optional.ofNullable(best);
    }

    /**
     * Looks for an order of the classes for which the model is far more accurate.
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
        return otherOrder(
                IntStream.range(0, sample.size()).map(logits::prediction).toArray(), sample, names);
    }

    /**
     * Looks for an order of the classes for which known predictions are far more accurate.
     *
     * @param predictions the predicted class of each image
     * @param sample labelled images
     * @param names the class names, as many as the model has outputs
     * @return the other order; empty if none is far better than the given one
     */
    public static Optional<OtherOrder> otherOrder(int[] predictions, Batch sample, List<String> names) {
        return OtherOrder.find(predictions, sample, names);
    }

    /**
     * Computes the accuracy of a model on some images.
     *
     * @param model the model
     * @param sample labelled images
     * @return the accuracy, in [0,1]
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

package dev.gauntlet.model;

import dev.gauntlet.GauntletException;
import dev.gauntlet.Numbers;
import dev.gauntlet.data.Batch;
import dev.gauntlet.data.ImageShape;
import dev.gauntlet.data.Layout;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/**
 * The preprocessing that a model expects for raw pixels in [0,1], {@code (pixel * inputMax - mean) / std} in its own
 * layout, and which of its outputs are the logits.
 *
 * <p>It is part of the model: attacks work on raw pixels, epsilon is in raw units, and gradients pass through it.
 *
 * <p>Example: {@code InputSpec.RAW.withNormalization(List.of(0.485, 0.456, 0.406), List.of(0.229, 0.224, 0.225))} is
 * the normalization of networks trained on ImageNet.
 *
 * @param inputMax the input value of a white pixel: 1, or 255 for models trained on 0-255; positive
 * @param mean the mean that is subtracted after scaling: one number per channel, or one for all, or none
 * @param std the standard deviation that divides the result: one number per channel, or one for all, or none; all
 *     positive
 * @param layout the order of the numbers; if absent, that of the model file, or NCHW
 * @param logits the name of the output with the logits, where a model has several; if absent the first that could be
 */
public record InputSpec(
        double inputMax, List<Double> mean, List<Double> std, Optional<Layout> layout, Optional<String> logits) {
    /** The model takes raw pixels, as all native models do. */
    public static final InputSpec RAW = new InputSpec(1, List.of(), List.of(), Optional.empty(), Optional.empty());

    public InputSpec {
        mean = List.copyOf(mean);
        std = List.copyOf(std);
        if (!(inputMax > 0) || !Double.isFinite(inputMax)) {
            throw new GauntletException(
                    "The largest input of a model must be a positive number, such as 1 or 255, got %s."
                            .formatted(inputMax));
        }
        for (double value : mean) {
            if (!Double.isFinite(value)) {
                throw new GauntletException("A mean of the input must be a finite number, got %s.".formatted(value));
            }
        }
        for (double value : std) {
            if (!(value > 0) || !Double.isFinite(value)) {
                throw new GauntletException(
                        "A standard deviation of the input must be a positive number, got %s.".formatted(value));
            }
        }
    }

    /**
     * Returns the same contract with another scale.
     *
     * @param value the input value of a white pixel
     * @return the contract
     */
    public InputSpec withInputMax(double value) {
        return new InputSpec(value, mean, std, layout, logits);
    }

    /**
     * Returns the same contract with a normalization.
     *
     * @param means the means, per channel
     * @param deviations the standard deviations, per channel
     * @return the contract
     */
    public InputSpec withNormalization(List<Double> means, List<Double> deviations) {
        return new InputSpec(inputMax, means, deviations, layout, logits);
    }

    /**
     * Returns the same contract with another layout.
     *
     * @param order the order of the numbers
     * @return the contract
     */
    public InputSpec withLayout(Layout order) {
        return new InputSpec(inputMax, mean, std, Optional.of(order), logits);
    }

    /**
     * Returns the same contract with another output.
     *
     * @param output the name of the output with the logits
     * @return the contract
     */
    public InputSpec withLogits(String output) {
        return new InputSpec(inputMax, mean, std, layout, Optional.of(output));
    }

    /**
     * Tells whether the model is given the raw pixels unchanged.
     *
     * @return true if nothing is scaled, subtracted or divided
     */
    public boolean isIdentity() {
        return inputMax == 1 && mean.isEmpty() && std.isEmpty();
    }

    /**
     * Checks that the normalization fits images of a shape.
     *
     * @param shape the shape
     * @throws GauntletException if the numbers are neither one per channel nor one for all
     */
    public void requireFit(ImageShape shape) {
        requireFit("means", mean, shape);
        requireFit("standard deviations", std, shape);
    }

    private static void requireFit(String what, List<Double> values, ImageShape shape) {
        if (values.size() > 1 && values.size() != shape.channels()) {
            throw new GauntletException(
                    "There are %d %s for images with %d channels; give one per channel, or one for all."
                            .formatted(values.size(), what, shape.channels()));
        }
    }

    /**
     * Returns the means, one per channel.
     *
     * @param channels the number of channels
     * @return the means
     */
    public List<Double> means(int channels) {
        return perChannel(mean, channels, 0);
    }

    /**
     * Returns the standard deviations, one per channel.
     *
     * @param channels the number of channels
     * @return the standard deviations
     */
    public List<Double> deviations(int channels) {
        return perChannel(std, channels, 1);
    }

    private static List<Double> perChannel(List<Double> values, int channels, double otherwise) {
        if (values.size() > 1) {
            return values;
        }
        return Collections.nCopies(channels, values.isEmpty() ? otherwise : values.get(0));
    }

    /**
     * Computes the input of the model.
     *
     * @param batch the images
     * @param order the order of the numbers, instead of {@link #layout()}
     * @return the numbers of all images
     * @throws GauntletException if the normalization is for another number of channels
     */
    public float[] apply(Batch batch, Layout order) {
        ImageShape shape = batch.shape();
        requireFit(shape);
        int channels = shape.channels();
        int plane = shape.height() * shape.width();
        float[] pixels = batch.pixels();
        float[] given = new float[pixels.length];
        List<Double> means = means(channels);
        List<Double> deviations = deviations(channels);
        for (int example = 0; example < batch.size(); example++) {
            int start = example * shape.size();
            for (int c = 0; c < channels; c++) {
                double m = means.get(c);
                double d = deviations.get(c);
                for (int i = 0; i < plane; i++) {
                    float pixel = pixels[start + c * plane + i];
                    float value = isIdentity() ? pixel : (float) ((pixel * inputMax - m) / d);
                    given[order == Layout.NCHW ? start + c * plane + i : start + i * channels + c] = value;
                }
            }
        }
        return given;
    }

    /**
     * Computes the images that lead to a given input of the model: the inverse of {@link #apply}.
     *
     * @param numbers the input of the model, in the order channels, rows, columns
     * @return the pixels, possibly outside [0,1]
     * @throws GauntletException if the normalization is for another number of channels
     */
    public float[] undone(Batch numbers) {
        requireFit(numbers.shape());
        if (isIdentity()) {
            return numbers.pixels();
        }
        int channels = numbers.shape().channels();
        int plane = numbers.shape().height() * numbers.shape().width();
        List<Double> means = means(channels);
        List<Double> deviations = deviations(channels);
        float[] pixels = new float[numbers.pixels().length];
        for (int i = 0; i < pixels.length; i++) {
            int channel = i / plane % channels;
            pixels[i] = (float) ((numbers.pixels()[i] * deviations.get(channel) + means.get(channel)) / inputMax);
        }
        return pixels;
    }

    /** Describes in words how a pixel is preprocessed; empty if it is not. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        if (inputMax != 1) {
            text.append("pixels scaled to [0,%s]".formatted(Numbers.exact(inputMax)));
        }
        if (!mean.isEmpty()) {
            text.append(text.isEmpty() ? "" : ", ").append("minus mean ").append(numbers(mean));
        }
        if (!std.isEmpty()) {
            text.append(text.isEmpty() ? "" : ", ")
                    .append("by standard deviation ")
                    .append(numbers(std));
        }
        return text.toString();
    }

    private static String numbers(List<Double> values) {
        return String.join(" ", values.stream().map(Numbers::exact).toList());
    }
}

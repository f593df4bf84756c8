package dev.gauntlet.format;

import dev.gauntlet.data.ImageShape;
import dev.gauntlet.data.Layout;
import java.util.List;
import java.util.Optional;

/**
 * What is known of a model before it is opened.
 *
 * @param format its kind in words, such as {@code ONNX, opset 17, written by pytorch 2.3}
 * @param input its input in words, where it is known
 * @param shape the shape of an image, where it is known
 * @param layout the order of the numbers of an image
 * @param takesIntegers whether the input is of integers, such as the levels of an image
 * @param output the output that is taken for the logits, in words, where it is known
 * @param otherOutputs the other outputs
 * @param layers its layers, each in a line; empty where only opening it tells
 * @param needsData whether it cannot be opened without a sample of its data
 * @param obstacle why it has no gradient here, if it has none
 */
public record ModelDescription(
        String format,
        Optional<String> input,
        Optional<ImageShape> shape,
        Layout layout,
        boolean takesIntegers,
        Optional<String> output,
        List<String> otherOutputs,
        List<String> layers,
        boolean needsData,
        Optional<String> obstacle) {
    public ModelDescription {
        otherOutputs = List.copyOf(otherOutputs);
        layers = List.copyOf(layers);
    }

    /**
     * Describes a model of which only opening it tells more.
     *
     * @param format its kind in words
     * @return the description of a model with a gradient that can be opened without data
     */
    public static ModelDescription of(String format) {
        return new ModelDescription(
                format,
                Optional.empty(),
                Optional.empty(),
                Layout.NCHW,
                false,
                Optional.empty(),
                List.of(),
                List.of(),
                false,
                Optional.empty());
    }

    /**
     * Returns the same description of a model with a known input.
     *
     * @param known the shape of an image
     * @return the description
     */
    public ModelDescription withShape(ImageShape known) {
        return new ModelDescription(
                format,
                input,
                Optional.of(known),
                layout,
                takesIntegers,
                output,
                otherOutputs,
                layers,
                needsData,
                obstacle);
    }

    /**
     * Returns the same description of a model that has no gradient and cannot be opened without data.
     *
     * @param reason why it has no gradient
     * @return the description
     */
    public ModelDescription asBlackBox(String reason) {
        return new ModelDescription(
                format, input, shape, layout, takesIntegers, output, otherOutputs, layers, true, Optional.of(reason));
    }
}

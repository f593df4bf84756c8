package dev.gauntlet.onnx;

import dev.gauntlet.GauntletException;
import dev.gauntlet.data.ImageShape;
import dev.gauntlet.data.Layout;
import dev.gauntlet.model.ModelContract;
import java.util.Arrays;
import java.util.Optional;

/**
 * How images are given to the input of a graph.
 *
 * @param file names the file in errors
 * @param name the name of the input
 * @param type the number of its element type
 * @param sides the sides that it declares, {@link Graph#OPEN} where they may vary
 * @param layout the order of the numbers
 */
record InputPort(String file, String name, long type, long[] sides, Layout layout) {
    private static final long LARGEST_IMAGE = 1L << 24;
    private static final long LARGEST_INPUT = 1L << 26;

    static InputPort of(String file, Graph.Port port, ModelContract contract) {
        long[] sides = port.sides();
        if (sides.length < 2 || sides.length > 4) {
            throw new GauntletException(
                    "%s takes the input %s; expected are images of 4 sides (examples, channels, rows, columns), or flat ones of 2 or 3."
                            .formatted(file, port));
        }
        requireRoom(file, port, 1, LARGEST_IMAGE);
        requireRoom(file, port, 0, LARGEST_INPUT);
        return new InputPort(
                file, port.name(), port.type(), sides, contract.layout().orElseGet(() -> layout(sides)));
    }

    private static void requireRoom(String file, Graph.Port port, int from, long most) {
        long numbers = 1;
        for (long side : Arrays.copyOfRange(port.sides(), from, port.sides().length)) {
            // an open side may be as short as 1
            long length = side == Graph.OPEN ? 1 : side;
            if (length > most / numbers) {
                throw new GauntletException(
                        "%s takes the input %s; at most %,d numbers for an image and %,d in all fit here."
                                .formatted(file, port, LARGEST_IMAGE, LARGEST_INPUT));
            }
            numbers *= length;
        }
    }

    /** Guesses from the declared sides; where they do not tell, it is the order that most files have. */
    private static Layout layout(long[] sides) {
        boolean lastIsColour = sides.length == 4 && isColour(sides[3]) && !isColour(sides[1]);
        return lastIsColour ? Layout.NHWC : Layout.NCHW;
    }

    private static boolean isColour(long side) {
        return side == 1 || side == 3 || side == 4;
    }

    /** Says why nothing can be differentiated to this input, if that is so. */
    Optional<String> obstacle() {
        return type == ElementType.FLOAT.code() || type == ElementType.DOUBLE.code()
                ? Optional.empty()
                : Optional.of(
                        "%s takes numbers that are no 32-bit or 64-bit floats, which have no gradient; attack it with --black-box."
                                .formatted(file));
    }

    /** Returns how many images have to be given at once, or nothing if any number will do. */
    Optional<Integer> fixedBatch() {
        return sides[0] == Graph.OPEN ? Optional.empty() : Optional.of(Math.toIntExact(sides[0]));
    }

    /** Returns the shape of an image, or nothing if the file leaves it open. */
    Optional<ImageShape> shape() {
        if (Arrays.stream(sides).skip(1).anyMatch(side -> side == Graph.OPEN || side > Integer.MAX_VALUE)) {
            return Optional.empty();
        }
        int[] known = Arrays.stream(sides).mapToInt(side -> (int) side).toArray();
        return Optional.of(
                switch (known.length) {
                    case 2 -> new ImageShape(1, 1, known[1]);
                    case 3 -> new ImageShape(1, known[1], known[2]);
                    default ->
                        layout == Layout.NCHW
                                ? new ImageShape(known[1], known[2], known[3])
                                : new ImageShape(known[3], known[1], known[2]);
                });
    }

    /** Returns the sides of the tensor for some images. */
    long[] sides(int examples, ImageShape shape) {
        return switch (sides.length) {
            case 2 -> new long[] {examples, shape.size()};
            case 3 -> new long[] {examples, shape.height(), shape.width()};
            default ->
                layout == Layout.NCHW
                        ? new long[] {examples, shape.channels(), shape.height(), shape.width()}
                        : new long[] {examples, shape.height(), shape.width(), shape.channels()};
        };
    }

    void requireFit(String model, ImageShape shape) {
        long[] given = sides(1, shape);
        boolean fits = sides.length != 3 || shape.channels() == 1;
        for (int i = 1; i < sides.length; i++) {
            fits &= sides[i] == Graph.OPEN || sides[i] == given[i];
        }
        if (!fits) {
            throw new GauntletException("The model %s takes an input of %s (%s), but the data has images of %s."
                    .formatted(
                            model,
                            Arrays.toString(sides).replace("-1", "?"),
                            sides.length == 4 ? layout : "flat",
                            shape));
        }
    }
}

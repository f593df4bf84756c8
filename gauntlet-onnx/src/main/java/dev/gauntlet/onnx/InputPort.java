package dev.gauntlet.onnx;

import dev.gauntlet.GauntletException;
import dev.gauntlet.data.ImageShape;
import dev.gauntlet.data.Layout;
import dev.gauntlet.model.InputSpec;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.LongStream;

/**
 * The input of a graph, as the file declares it.
 *
 * @param file the name of the file, for errors
 * @param name the name of the input
 * @param type the number of its element type
 * @param sides the declared dimensions, {@link Graph#OPEN} where they may vary
 * @param layout the order of the numbers
 */
record InputPort(String file, String name, long type, long[] sides, Layout layout) {
    private static final long LARGEST_IMAGE = 1L << 24;
    private static final long LARGEST_INPUT = 1L << 26;
    private static final int MOST_SIDES = 6;

    static InputPort of(String file, Graph.Port port, InputSpec contract) {
        long[] sides = port.sides();
        if (sides.length < 1 || sides.length > MOST_SIDES) {
            throw new GauntletException(
                    "%s takes the input %s; expected images of 4 dimensions (examples, channels, rows, columns), or flat images of fewer."
                            .formatted(file, port));
        }
        requireRoom(file, port, sides.length == 1 ? 0 : 1, LARGEST_IMAGE);
        requireRoom(file, port, 0, LARGEST_INPUT);
        return new InputPort(
                file, port.name(), port.type(), sides, contract.layout().orElseGet(() -> layout(sides)));
    }

    private static void requireRoom(String file, Graph.Port port, int from, long most) {
        long numbers = 1;
        for (long side : Arrays.copyOfRange(port.sides(), from, port.sides().length)) {
            // an open dimension may be as short as 1
            long length = side == Graph.OPEN ? 1 : side;
            if (length > most / numbers) {
                throw new GauntletException(
                        "%s takes the input %s; at most %,d numbers per image and %,d in total are supported."
                                .formatted(file, port, LARGEST_IMAGE, LARGEST_INPUT));
            }
            numbers *= length;
        }
    }

    /** Guesses the layout from the declared dimensions; if they are ambiguous, the most common layout is assumed. */
    private static Layout layout(long[] sides) {
        boolean isImage = sides.length == 4 || (sides.length == 3 && sides[0] != Graph.OPEN);
        boolean lastIsColour = isImage && isColour(sides[sides.length - 1]) && !isColour(sides[sides.length - 3]);
        return lastIsColour ? Layout.NHWC : Layout.NCHW;
    }

    private static boolean isColour(long side) {
        return side == 1 || side == 3 || side == 4;
    }

    /** Returns why there is no gradient with respect to this input, if there is none, without a full stop. */
    Optional<String> obstacle() {
        return ElementType.isFloating(type)
                ? Optional.empty()
                : Optional.of("%s takes %s numbers, which have no gradient".formatted(file, ElementType.name(type)));
    }

    /**
     * Returns the preprocessing: an integer input takes pixel values from 0 to 255, unless the user gave another
     * contract.
     *
     * @param asked the contract of the user
     */
    InputSpec contract(InputSpec asked) {
        return takesLevels(asked) ? asked.withInputMax(255) : asked;
    }

    /** Describes the change that {@link #contract} made, if any. */
    Optional<String> notice(InputSpec asked) {
        return takesLevels(asked)
                ? Optional.of("The model takes %s numbers, so it is given pixels from 0 to 255."
                        .formatted(ElementType.name(type)))
                : Optional.empty();
    }

    private boolean takesLevels(InputSpec asked) {
        return ElementType.isInteger(type) && asked.isIdentity();
    }

    /**
     * Returns the shape of an image if the file defines it; empty if a dimension is open. The input [1,28,28] may be
     * one image or the channels of one; both are the same numbers.
     */
    Optional<ImageShape> shape() {
        long[] item = sides.length == 1 || (sides.length == 3 && sides[0] != Graph.OPEN && isColour(sides[0]))
                ? sides
                : Arrays.copyOfRange(sides, 1, sides.length);
        if (Arrays.stream(item).anyMatch(side -> side == Graph.OPEN || side > Integer.MAX_VALUE)) {
            return Optional.empty();
        }
        if (item.length == 3) {
            int[] known = Arrays.stream(item).mapToInt(side -> (int) side).toArray();
            return Optional.of(
                    layout == Layout.NCHW
                            ? new ImageShape(known[0], known[1], known[2])
                            : new ImageShape(known[2], known[0], known[1]));
        }
        long[] longSides = Arrays.stream(item).filter(side -> side > 1).toArray();
        return Optional.of(
                longSides.length == 2
                        ? new ImageShape(1, (int) longSides[0], (int) longSides[1])
                        : new ImageShape(1, 1, (int) product(item)));
    }

    /**
     * The form in which the images of a data set are passed to the input.
     *
     * @param fixedBatch the fixed batch size; empty if any size is possible
     * @param isBatched whether there is a batch dimension
     * @param item the dimensions of an image
     * @param isConventional whether these are channels, rows and columns in the layout of the port
     */
    record Fit(Optional<Integer> fixedBatch, boolean isBatched, long[] item, boolean isConventional) {
        /** Returns the shape of the tensor for some images. */
        long[] sides(int examples) {
            return isBatched
                    ? LongStream.concat(LongStream.of(examples), Arrays.stream(item))
                            .toArray()
                    : item;
        }

        /** Returns the same for a file that works for a single image only, whatever it declares. */
        Fit oneAtATime() {
            return new Fit(Optional.of(1), isBatched, item, isConventional);
        }
    }

    /**
     * Determines how images are passed to the input: in the declared dimensions or, if one of the two is flat, as the
     * same numbers in a row.
     *
     * @param model the name of the model, for errors
     * @param shape the shape of the images
     * @throws GauntletException if they do not fit
     */
    Fit fit(String model, ImageShape shape) {
        return (sides.length == 1
                        ? Optional.<Fit>empty()
                        : fit(shape, Arrays.copyOfRange(sides, 1, sides.length), true))
                // an open first dimension is the batch dimension, whatever its name
                .or(() -> sides.length > 1 && sides[0] == Graph.OPEN ? Optional.empty() : fit(shape, sides, false))
                .orElseThrow(() ->
                        new GauntletException("The model %s takes an input of %s (%s), but the data has images of %s."
                                .formatted(
                                        model,
                                        Arrays.toString(sides).replace("-1", "?"),
                                        sides.length == 4 ? layout : "flat",
                                        shape)));
    }

    private Optional<Fit> fit(ImageShape shape, long[] item, boolean isBatched) {
        Optional<Integer> batch = !isBatched
                ? Optional.of(1)
                : sides[0] == Graph.OPEN ? Optional.empty() : Optional.of(Math.toIntExact(sides[0]));
        long[] image = layout == Layout.NCHW
                ? new long[] {shape.channels(), shape.height(), shape.width()}
                : new long[] {shape.height(), shape.width(), shape.channels()};
        if (item.length == 3 && matches(item, image)) {
            return Optional.of(new Fit(batch, isBatched, image, true));
        }
        long[] plane = {shape.height(), shape.width()};
        if (item.length == 2 && shape.channels() == 1 && matches(item, plane)) {
            return Optional.of(new Fit(batch, isBatched, plane, false));
        }
        long[] row = {shape.size()};
        if (item.length == 1 && matches(item, row)) {
            return Optional.of(new Fit(batch, isBatched, row, false));
        }
        boolean sameNumbers =
                LongStream.of(item).noneMatch(side -> side == Graph.OPEN) && product(item) == shape.size();
        boolean sameSides = Arrays.equals(longSides(item), longSides(image));
        return sameNumbers && (sameSides || longSides(item).length < 2 || longSides(image).length < 2)
                ? Optional.of(new Fit(batch, isBatched, item, false))
                : Optional.empty();
    }

    private static boolean matches(long[] declared, long[] given) {
        for (int i = 0; i < declared.length; i++) {
            if (declared[i] != Graph.OPEN && declared[i] != given[i]) {
                return false;
            }
        }
        return true;
    }

    private static long[] longSides(long[] sides) {
        return Arrays.stream(sides).filter(side -> side > 1).toArray();
    }

    private static long product(long[] sides) {
        return Arrays.stream(sides).reduce(1, (a, b) -> a * b);
    }
}

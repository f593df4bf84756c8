package dev.gauntlet.data;

import dev.gauntlet.GauntletException;
import dev.gauntlet.Setting;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Reads examples from NumPy arrays: one of images and one of labels. */
final class ArrayData {
    private static final List<String> IMAGE_NAMES = List.of("x_test", "x", "images", "test_images", "data", "arr_0");
    private static final List<String> LABEL_NAMES = List.of("y_test", "y", "labels", "test_labels", "label", "arr_1");

    /** Scaled pixels may leave [0,1] by a rounding error. */
    static final float RANGE_TOLERANCE = 1e-6f;

    private static final String MEAN_AND_STD = "set the mean and std of the model instead";

    /** The largest excess due to resampling or 16-bit numbers. */
    private static final double SLIGHTLY = 0.05;

    /** In most data sets the brightest pixel is white; if it is half as bright, white may be another number. */
    private static final float DARK = 128 / 255f;

    private ArrayData() {}

    static Dataset npz(Path path, DataOptions format) {
        List<String> names = NpyArray.names(path);
        String images = find(path, names, "images", IMAGE_NAMES);
        if (format.labels().isEmpty()) {
            String labels = find(path, names, "labels", LABEL_NAMES);
            Map<String, NpyArray> arrays = NpyArray.npz(path, List.of(images, labels));
            return open(
                    path,
                    DataFiles.required(arrays, images),
                    DataFiles.required(arrays, labels),
                    DataFiles.sums(path),
                    format);
        }
        if (LABEL_NAMES.stream().anyMatch(names::contains)) {
            throw new GauntletException(
                    "%s contains its own labels; do not give another file with labels.".formatted(path),
                    Setting.LABELS);
        }
        Path labels = format.labels().get();
        return open(
                path,
                DataFiles.required(NpyArray.npz(path, List.of(images)), images),
                NpyArray.npy(labels),
                DataFiles.sums(path, labels),
                format);
    }

    static Dataset npy(Path path, DataOptions format) {
        Path labels = format.labels()
                .orElseThrow(() -> new GauntletException(
                        "%s contains no labels; give the npy file with the labels.".formatted(path), Setting.LABELS));
        return open(path, NpyArray.npy(path), NpyArray.npy(labels), DataFiles.sums(path, labels), format);
    }

    private static String find(Path path, List<String> arrays, String what, List<String> names) {
        return names.stream()
                .filter(arrays::contains)
                .findFirst()
                .orElseThrow(() -> new GauntletException(
                        "%s has no array of %s; it has %s, expected one of %s%s."
                                .formatted(
                                        path,
                                        what,
                                        arrays.isEmpty() ? "none" : ClassNumbers.list(arrays),
                                        String.join(", ", names),
                                        names == LABEL_NAMES ? "; add it, or give an npy file with the labels" : ""),
                        names == LABEL_NAMES ? new Setting[] {Setting.LABELS} : new Setting[0]));
    }

    private static Dataset open(
            Path path, NpyArray images, NpyArray labels, Map<String, String> sums, DataOptions format) {
        long[] sides = images.sides();
        if (sides.length > 0 && sides[0] == 0) {
            throw new GauntletException("%s has the shape %s: it contains no images, so there is nothing to evaluate."
                    .formatted(images.where(), images.shape()));
        }
        if (sides.length < 2 || sides.length > 4 || Arrays.stream(sides).anyMatch(side -> side < 1 || side > 1 << 30)) {
            throw new GauntletException("%s has the shape %s; expected N,H,W or N,C,H,W or N,H,W,C or N,D for images."
                    .formatted(images.where(), images.shape()));
        }
        Layout layout = format.layout().orElseGet(() -> layout(sides));
        ImageShape shape = shape(images, layout);
        int count = (int) sides[0];
        Labels read = labels(path, labels, count, format.classes());
        Encoding encoding = images.type()
                .number()
                .orElseThrow(() -> new GauntletException("%s contains strings, not pixels.".formatted(images.where())));
        boolean isExact = encoding == Encoding.UINT8 || encoding == Encoding.BOOL;
        if (!isExact && !encoding.isFloating()) {
            throw new GauntletException(
                    "%s contains integers that are not bytes; save images as uint8 or as floats in [0,1]."
                            .formatted(images.where()));
        }
        DataOrigin origin = DataFiles.origin(path, sums);
        if (format.layout().isEmpty() && isAmbiguous(sides)) {
            origin = origin.withAlso(
                    "The shape %s does not tell whether the channels come first or last; N,C,H,W was assumed."
                            .formatted(images.shape()));
        }
        FileDataset data = new FileDataset(
                read.notice().map(origin::withAlso).orElse(origin),
                shape,
                read.classes(),
                read.assumed(),
                read.numbers(),
                new FileDataset.Pixels(images.map(), 0, encoding, encoding == Encoding.UINT8 ? 255 : 1, layout, false));
        if (encoding == Encoding.UINT8) {
            return withBrightness(data);
        }
        return isExact ? data : inRange(images.where(), data);
    }

    /** Warns if all bytes are dark, because another number than 255 may be white. */
    private static FileDataset withBrightness(FileDataset data) {
        float[] pixels = new float[data.shape().size()];
        float most = 0;
        for (int id = 0; id < data.size() && most < DARK; id++) {
            data.copyPixels(id, pixels, 0);
            for (float pixel : pixels) {
                most = Math.max(most, pixel);
            }
        }
        int brightest = Math.round(most * 255);
        return most == 0 || most >= DARK
                ? data
                : data.noticed(
                        "The pixels are bytes and were divided by 255, but the brightest is only %d; if %d is white, save them as floats divided by %d."
                                .formatted(brightest, brightest, brightest));
    }

    /** Guesses the layout from the shape; if it is ambiguous, PyTorch's order is assumed. */
    private static Layout layout(long[] sides) {
        boolean lastIsColour = sides.length == 4 && isColour(sides[3]) && !isColour(sides[1]);
        return lastIsColour ? Layout.NHWC : Layout.NCHW;
    }

    private static boolean isAmbiguous(long[] sides) {
        return sides.length == 4 && isColour(sides[1]) == isColour(sides[3]) && (sides[1] > 1 || sides[3] > 1);
    }

    private static boolean isColour(long side) {
        return side == 1 || side == 3 || side == 4;
    }

    private static ImageShape shape(NpyArray images, Layout layout) {
        int[] sides = Arrays.stream(images.sides()).mapToInt(side -> (int) side).toArray();
        return switch (sides.length) {
            case 2 -> new ImageShape(1, 1, sides[1]);
            case 3 -> new ImageShape(1, sides[1], sides[2]);
            default ->
                layout == Layout.NCHW
                        ? new ImageShape(sides[1], sides[2], sides[3])
                        : new ImageShape(sides[3], sides[1], sides[2]);
        };
    }

    /**
     * The content of an array of labels.
     *
     * @param numbers the label of each example
     * @param classes the class names
     * @param assumed whether the numbers were only assumed, from the alphabetical order
     * @param notice what a reader must know about them
     */
    private record Labels(int[] numbers, List<String> classes, boolean assumed, Optional<String> notice) {}

    private static Labels labels(Path path, NpyArray labels, int count, List<String> given) {
        long[] sides = labels.sides();
        boolean isColumn = sides.length == 1 || (sides.length == 2 && sides[1] == 1);
        boolean isMatrix = sides.length == 2 && sides[1] > 1 && sides[1] <= ClassNumbers.MOST_CLASSES;
        Optional<Encoding> encoding = labels.type().number();
        if (!isColumn && !(isMatrix && encoding.isPresent())) {
            throw new GauntletException(
                    "%s has the shape %s of %s; expected one integer or string per image, or a row with a single 1 per image."
                            .formatted(
                                    labels.where(),
                                    labels.shape(),
                                    encoding.map(Encoding::name).orElse("text").toLowerCase(Locale.ROOT)));
        }
        if (sides[0] != count) {
            throw new GauntletException("%s has %d %s for %d %s; each image needs one."
                    .formatted(
                            labels.where(),
                            sides[0],
                            sides[0] == 1 ? "label" : "labels",
                            count,
                            count == 1 ? "image" : "images"));
        }
        MappedFile file = labels.map();
        if (encoding.isEmpty()) {
            return texts(labels, file, count, given);
        }
        int[] numbers = new int[count];
        for (int id = 0; id < count; id++) {
            numbers[id] = isColumn
                    ? label(labels.where(), id, encoding.get().at(file.piece(id), file.position(id)))
                    : place(labels.where(), id, encoding.get(), (int) sides[1], file);
        }
        int largest = isColumn ? Arrays.stream(numbers).max().orElse(0) : (int) sides[1] - 1;
        return new Labels(numbers, ClassNumbers.named(path.toString(), largest, given), false, Optional.empty());
    }

    private static int label(String where, int id, double number) {
        if (number != Math.rint(number)) {
            throw new GauntletException(
                    "%s gives example %d the label %s, which is not an integer.".formatted(where, id, number));
        }
        return DataFiles.label(where, id, number);
    }

    /** Returns the index of the single 1 of a row. */
    private static int place(String where, int id, Encoding encoding, int classes, MappedFile file) {
        ByteBuffer piece = file.piece(id);
        int place = -1;
        for (int k = 0; k < classes; k++) {
            double number = encoding.at(piece, file.position(id) + k * encoding.bytes());
            if (number == 1 && place < 0) {
                place = k;
            } else if (number != 0) {
                throw new GauntletException(
                        "%s gives example %d a row with %s in column %d; a one-hot row has a single 1 and zeros."
                                .formatted(where, id, number, k));
            }
        }
        if (place < 0) {
            throw new GauntletException(
                    "%s gives example %d a row of zeros; a one-hot row has a single 1.".formatted(where, id));
        }
        return place;
    }

    private static Labels texts(NpyArray labels, MappedFile file, int count, List<String> given) {
        Map<String, Integer> places = new LinkedHashMap<>();
        int[] numbers = new int[count];
        for (int id = 0; id < count; id++) {
            String text = labels.type().text(file.piece(id), file.position(id)).strip();
            if (text.isEmpty()) {
                throw new GauntletException("%s gives example %d an empty label.".formatted(labels.where(), id));
            }
            Integer known = places.putIfAbsent(text, places.size());
            numbers[id] = known == null ? places.size() - 1 : known;
            DataFiles.requireFew(labels.where(), places.size());
        }
        ClassNumbers classes = ClassNumbers.of(labels.where(), "label", places.keySet(), given);
        int[] byPlace = places.keySet().stream()
                .mapToInt(text -> DataFiles.required(classes.numbers(), text))
                .toArray();
        return new Labels(
                Arrays.stream(numbers).map(place -> byPlace[place]).toArray(),
                DataFiles.atLeastTwo(classes.classes()),
                classes.assumed(),
                DataFiles.notice(classes));
    }

    /** Refuses the common mistakes, pixels up to 255 and normalized pixels; clips rounding errors. */
    private static FileDataset inRange(String where, FileDataset data) {
        float[] pixels = new float[data.shape().size()];
        float least = 0;
        float most = 1;
        int first = -1;
        float firstNumber = 0;
        long rounded = 0;
        for (int id = 0; id < data.size(); id++) {
            data.copyPixels(id, pixels, 0);
            for (float pixel : pixels) {
                if (pixel >= 0 && pixel <= 1) {
                    continue;
                }
                rounded++;
                if (first < 0 && !(pixel >= -RANGE_TOLERANCE && pixel <= 1 + RANGE_TOLERANCE)) {
                    first = id;
                    firstNumber = pixel;
                }
                // NaN is reported as it is
                least = Math.min(least, pixel);
                most = Math.max(most, pixel);
            }
        }
        if (first >= 0) {
            String advice = advice(least, most);
            throw new GauntletException(
                    "%s has the number %s in example %d; pixels must be in [0,1]: %s."
                            .formatted(where, firstNumber, first, advice),
                    advice.endsWith(MEAN_AND_STD) ? new Setting[] {Setting.MEAN, Setting.STD} : new Setting[0]);
        }
        return rounded == 0 ? data : data.clamped(DataFiles.clampedNotice(rounded));
    }

    private static String advice(double least, double most) {
        if (!Double.isFinite(least) || !Double.isFinite(most)) {
            return "replace the numbers that are not finite";
        }
        if (least >= -SLIGHTLY && most <= 1 + SLIGHTLY) {
            return "clip them to [0,1]";
        }
        if (least >= 0 && most <= 255) {
            return "divide by 255, or save them as uint8";
        }
        return "they range from %s to %s; undo the normalization, and %s"
                .formatted((float) least, (float) most, MEAN_AND_STD);
    }
}

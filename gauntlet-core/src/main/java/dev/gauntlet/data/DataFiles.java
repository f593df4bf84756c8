package dev.gauntlet.data;

import dev.gauntlet.GauntletException;
import dev.gauntlet.Sha256;
import java.io.BufferedOutputStream;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Opens files of examples: NumPy's npz and npy, the binary files of CIFAR-10 and CIFAR-100, and CSV.
 *
 * <p>The examples stay on the disk and are read when they are asked for, so a million take hardly more memory than a
 * thousand. Opening reads each file once, for its SHA-256 and to refuse pixels that are no pixels.
 *
 * <p>Example: {@code DataFiles.open(Path.of("images.npz"), DataFormat.PLAIN)}.
 */
public final class DataFiles {
    /** What the part of a data set is called that a user gave. */
    public static final String SPLIT = "given";

    private static final List<String> IMAGE_NAMES = List.of("x_test", "x", "images", "test_images", "data", "arr_0");
    private static final List<String> LABEL_NAMES = List.of("y_test", "y", "labels", "test_labels", "label", "arr_1");
    private static final List<String> LABEL_COLUMNS = List.of("label", "class", "target", "y");

    private static final int CIFAR_SIDE = 32;
    private static final int CIFAR_PIXELS = 3 * CIFAR_SIDE * CIFAR_SIDE;
    private static final List<String> CIFAR10 =
            List.of("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck");

    /** Far more than any data set has. */
    private static final int MOST_CLASSES = 100_000;

    private static final int LONGEST_LINE = 50_000_000;

    private DataFiles() {}

    /**
     * Tells whether a path is one that {@link #open} knows.
     *
     * @param path a file, or a folder with the files of CIFAR
     * @return true if it can be tried
     */
    public static boolean knows(Path path) {
        String name = name(path);
        return name.endsWith(".npz")
                || name.endsWith(".npy")
                || name.endsWith(".csv")
                || name.endsWith(".bin")
                || cifarFolder(path).isPresent();
    }

    /**
     * Opens examples.
     *
     * <p>An npz file has the images in an array named x, x_test, images, test_images, data or arr_0 and the labels in y,
     * y_test, labels, test_labels, label or arr_1; npy files come in pairs. Images are uint8, of which 255 is white, or
     * floats of [0,1], of the sides N,H,W or N,C,H,W or N,H,W,C or N,D. A CSV file has one example per line: the label and
     * numbers of [0,1]; the label is in the column named label, class, target or y, and in the first without a header.
     *
     * @param path a file ending in {@code .npz}, {@code .npy}, {@code .csv} or {@code .bin}, or a folder with the binary
     *     files of CIFAR-10 or CIFAR-100
     * @param format what the file does not say itself
     * @return the examples
     * @throws GauntletException if the file is missing, damaged or of another kind, or holds numbers that are no pixels
     */
    public static Dataset open(Path path, DataFormat format) {
        Optional<Path> cifar = cifarFolder(path);
        if (cifar.isPresent()) {
            return cifar(cifar.get(), format);
        }
        if (!Files.isRegularFile(path)) {
            throw new GauntletException("There is no file %s; check the path.".formatted(path));
        }
        String name = name(path);
        if (name.endsWith(".npz")) {
            return npz(path, format);
        }
        if (name.endsWith(".npy")) {
            Path labels = format.labels()
                    .orElseThrow(() ->
                            new GauntletException("%s holds no labels; name the npy file with them.".formatted(path)));
            return arrays(path, NumberFile.npy(path), NumberFile.npy(labels), sums(path, labels), format);
        }
        if (format.labels().isPresent()) {
            throw new GauntletException("%s holds its labels itself; name no other file with labels.".formatted(path));
        }
        if (name.endsWith(".csv")) {
            return csv(path, format);
        }
        if (name.endsWith(".bin")) {
            return cifar(path, format);
        }
        throw new GauntletException(
                "%s has an unknown ending; known are .npz, .npy, .csv and .bin (CIFAR).".formatted(path));
    }

    private static String name(Path path) {
        return fileName(path).toLowerCase(Locale.ROOT);
    }

    private static String fileName(Path path) {
        return IdxFile.fileName(path.toAbsolutePath().normalize());
    }

    private static String sum(Path path) {
        try {
            return Sha256.ofFile(path);
        } catch (IOException e) {
            throw new GauntletException("%s cannot be read: %s.".formatted(path, e.getMessage()), e);
        }
    }

    /** Names two files apart, which may have the same name in different folders. */
    private static Map<String, String> sums(Path images, Path labels) {
        boolean apart = !fileName(images).equals(fileName(labels));
        Map<String, String> sums = new TreeMap<>();
        sums.put(apart ? fileName(images) : images.toString(), sum(images));
        sums.put(apart ? fileName(labels) : labels.toString(), sum(labels));
        return sums;
    }

    private static DataOrigin origin(Path path, Map<String, String> sums) {
        return new DataOrigin(
                fileName(path).replaceFirst("\\.\\w{3}$", ""), SPLIT, path.toString(), sums, Optional.empty());
    }

    private static Dataset npz(Path path, DataFormat format) {
        if (format.labels().isPresent()) {
            throw new GauntletException("%s holds its labels itself; name no other file with labels.".formatted(path));
        }
        Map<String, NumberFile> arrays = NumberFile.npz(path);
        return arrays(
                path,
                array(path, arrays, "images", IMAGE_NAMES),
                array(path, arrays, "labels", LABEL_NAMES),
                Map.of(fileName(path), sum(path)),
                format);
    }

    private static NumberFile array(Path path, Map<String, NumberFile> arrays, String what, List<String> names) {
        return names.stream()
                .filter(arrays::containsKey)
                .findFirst()
                .map(arrays::get)
                .orElseThrow(() -> new GauntletException("%s has no array of %s; it has %s, and one of %s was expected."
                        .formatted(
                                path,
                                what,
                                arrays.isEmpty() ? "none" : String.join(", ", arrays.keySet()),
                                String.join(", ", names))));
    }

    private static Dataset arrays(
            Path path, NumberFile images, NumberFile labels, Map<String, String> sums, DataFormat format) {
        long[] sides = images.sides();
        if (sides.length < 2 || sides.length > 4 || Arrays.stream(sides).anyMatch(side -> side < 1 || side > 1 << 30)) {
            throw new GauntletException("%s has the shape %s; images have N,H,W or N,C,H,W or N,H,W,C or N,D."
                    .formatted(images.where(), images.shape()));
        }
        Layout layout = format.layout().orElseGet(() -> layout(sides));
        ImageShape shape = shape(images, layout);
        int count = (int) sides[0];
        int[] numbers = labels(labels, count);
        List<String> classes = classes(path, numbers, format.classes());
        Encoding encoding = images.encoding();
        if (encoding != Encoding.UINT8 && !encoding.isFloating()) {
            throw new GauntletException(
                    "%s has whole numbers that are no bytes; save images as uint8 or as floats of [0,1]."
                            .formatted(images.where()));
        }
        MappedFile file = MappedFile.of(images.path(), images.start(), (long) shape.size() * encoding.bytes(), count);
        FileDataset data = new FileDataset(
                origin(path, sums),
                shape,
                classes,
                numbers,
                new FileDataset.Pixels(file, 0, encoding, encoding == Encoding.UINT8 ? 255 : 1, layout));
        if (encoding.isFloating()) {
            requirePixels(images.where(), data);
        }
        return data;
    }

    /** Guesses from the sides; where they do not tell, it is the order of PyTorch. */
    private static Layout layout(long[] sides) {
        boolean lastIsColour = sides.length == 4 && isColour(sides[3]) && !isColour(sides[1]);
        return lastIsColour ? Layout.NHWC : Layout.NCHW;
    }

    private static boolean isColour(long side) {
        return side == 1 || side == 3 || side == 4;
    }

    private static ImageShape shape(NumberFile images, Layout layout) {
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

    private static int[] labels(NumberFile labels, int count) {
        long[] sides = labels.sides();
        boolean isColumn = sides.length == 1 || (sides.length == 2 && sides[1] == 1);
        if (!isColumn || labels.encoding().isFloating()) {
            throw new GauntletException("%s has the shape %s of %s; labels are one whole number for each image."
                    .formatted(
                            labels.where(),
                            labels.shape(),
                            labels.encoding().name().toLowerCase(Locale.ROOT)));
        }
        if (sides[0] != count) {
            throw new GauntletException("%s has %d labels for %d images.".formatted(labels.where(), sides[0], count));
        }
        MappedFile file =
                MappedFile.of(labels.path(), labels.start(), labels.encoding().bytes(), count);
        int[] numbers = new int[count];
        for (int id = 0; id < count; id++) {
            numbers[id] = label(labels.where(), id, labels.encoding().at(file.piece(id), file.position(id)));
        }
        return numbers;
    }

    private static int label(String where, int id, double number) {
        if (!(number >= 0 && number < MOST_CLASSES)) {
            throw new GauntletException("%s gives example %d the label %.0f; labels are counted from 0 to %d."
                    .formatted(where, id, number, MOST_CLASSES - 1));
        }
        return (int) number;
    }

    /** Names the classes by their numbers where nobody named them. */
    private static List<String> classes(Path path, int[] labels, List<String> names) {
        int largest = Arrays.stream(labels).max().orElse(0);
        if (names.isEmpty()) {
            return IntStream.rangeClosed(0, Math.max(1, largest))
                    .mapToObj(Integer::toString)
                    .toList();
        }
        if (largest >= names.size()) {
            throw new GauntletException(
                    "%s has the label %d, but only %d classes are named.".formatted(path, largest, names.size()));
        }
        return names;
    }

    /** The classic mistake: pixels up to 255, or normalised ones. */
    private static void requirePixels(String where, FileDataset data) {
        float[] pixels = new float[data.shape().size()];
        for (int id = 0; id < data.size(); id++) {
            data.copyPixels(id, pixels, 0);
            for (float pixel : pixels) {
                if (!(pixel >= 0 && pixel <= 1)) {
                    throw new GauntletException("%s has the number %s in example %d; pixels are of [0,1]: %s."
                            .formatted(where, pixel, id, advice(pixel)));
                }
            }
        }
    }

    private static String advice(float pixel) {
        if (pixel > 1 && pixel <= 255) {
            return "divide by 255, or save them as uint8";
        }
        return Float.isFinite(pixel)
                ? "undo the normalisation, and give it to the model with --mean and --std"
                : "save them again";
    }

    /** A folder of CIFAR, or nothing. */
    private static Optional<Path> cifarFolder(Path path) {
        return List.of("test_batch.bin", "test.bin").stream()
                .map(path::resolve)
                .filter(Files::isRegularFile)
                .findFirst();
    }

    /**
     * Krizhevsky, "Learning Multiple Layers of Features from Tiny Images", 2009: a byte with the class (of CIFAR-100 two,
     * of which the second counts), then red, green and blue.
     */
    private static Dataset cifar(Path path, DataFormat format) {
        long size;
        try {
            size = Files.size(path);
        } catch (IOException e) {
            throw new GauntletException("%s cannot be read: %s.".formatted(path, e.getMessage()), e);
        }
        boolean hundred = size % (2 + CIFAR_PIXELS) == 0;
        if (size == 0 || (!hundred && size % (1 + CIFAR_PIXELS) != 0)) {
            throw new GauntletException(
                    "%s has %,d bytes, which is no whole number of images of CIFAR-10 (%d bytes) or CIFAR-100 (%d); it is cut off or another file."
                            .formatted(path, size, 1 + CIFAR_PIXELS, 2 + CIFAR_PIXELS));
        }
        int labelBytes = hundred ? 2 : 1;
        long count = size / (labelBytes + CIFAR_PIXELS);
        if (count > Integer.MAX_VALUE) {
            throw new GauntletException("%s has more images than can be counted.".formatted(path));
        }
        MappedFile file = MappedFile.of(path, 0, labelBytes + CIFAR_PIXELS, (int) count);
        int[] labels = new int[(int) count];
        for (int id = 0; id < labels.length; id++) {
            labels[id] = file.piece(id).get(file.position(id) + labelBytes - 1) & 0xff;
        }
        List<String> names = format.classes().isEmpty() ? cifarClasses(path, hundred) : format.classes();
        return new FileDataset(
                origin(path, Map.of(fileName(path), sum(path))),
                new ImageShape(3, CIFAR_SIDE, CIFAR_SIDE),
                classes(path, labels, names),
                labels,
                new FileDataset.Pixels(file, labelBytes, Encoding.UINT8, 255, Layout.NCHW));
    }

    private static List<String> cifarClasses(Path path, boolean hundred) {
        Path names = path.resolveSibling("fine_label_names.txt");
        if (!hundred) {
            return CIFAR10;
        }
        if (!Files.isRegularFile(names)) {
            return List.of();
        }
        try {
            return Files.readAllLines(names).stream()
                    .map(String::strip)
                    .filter(line -> !line.isEmpty())
                    .limit(MOST_CLASSES)
                    .toList();
        } catch (IOException e) {
            throw new GauntletException("%s cannot be read: %s.".formatted(names, e.getMessage()), e);
        }
    }

    /** Reads the lines once into a temporary file of floats, where each is found again at once. */
    private static Dataset csv(Path path, DataFormat format) {
        List<Integer> labels = new ArrayList<>();
        int columns = -1;
        int labelColumn = 0;
        Path numbers;
        try {
            numbers = Files.createTempFile("gauntlet", ".floats");
            numbers.toFile().deleteOnExit();
            try (BufferedReader lines = Files.newBufferedReader(path);
                    OutputStream file = Files.newOutputStream(numbers);
                    OutputStream out = new BufferedOutputStream(file, 1 << 16)) {
                int number = 0;
                for (String line = line(path, lines); line != null; line = line(path, lines)) {
                    number++;
                    if (line.isBlank()) {
                        continue;
                    }
                    String[] cells = line.split(",", -1);
                    if (columns < 0) {
                        columns = cells.length;
                        Optional<Integer> named = labelColumn(cells);
                        if (named.isPresent()) {
                            labelColumn = named.get();
                            continue;
                        }
                    }
                    example(path, number, cells, columns, labelColumn, labels, out);
                }
            }
        } catch (CharacterCodingException e) {
            throw new GauntletException("%s is no text in UTF-8.".formatted(path), e);
        } catch (IOException e) {
            throw new GauntletException("%s cannot be read: %s.".formatted(path, e.getMessage()), e);
        }
        if (labels.isEmpty() || columns < 2) {
            throw new GauntletException(
                    "%s holds no examples; a line is a label and numbers of [0,1], with commas between."
                            .formatted(path));
        }
        int[] all = labels.stream().mapToInt(Integer::intValue).toArray();
        MappedFile file = MappedFile.of(numbers, 0, (long) (columns - 1) * Float.BYTES, all.length);
        return new FileDataset(
                origin(path, Map.of(fileName(path), sum(path))),
                new ImageShape(1, 1, columns - 1),
                classes(path, all, format.classes()),
                all,
                new FileDataset.Pixels(file, 0, Encoding.FLOAT32, 1, Layout.NCHW));
    }

    /** Reads a line, but not one without end. */
    private static @Nullable String line(Path path, BufferedReader in) throws IOException {
        StringBuilder line = new StringBuilder();
        int character = in.read();
        if (character < 0) {
            return null;
        }
        while (character >= 0 && character != '\n') {
            if (line.length() == LONGEST_LINE) {
                throw new GauntletException("%s has a line of more than %,d characters.".formatted(path, LONGEST_LINE));
            }
            line.append((char) character);
            character = in.read();
        }
        return line.toString().strip();
    }

    /** Returns the column of the label if the line is a header; empty if its first cell is a number. */
    private static Optional<Integer> labelColumn(String[] header) {
        if (header[0].strip().matches("[-+0-9.].*")) {
            return Optional.empty();
        }
        return Optional.of(IntStream.range(0, header.length)
                .filter(i -> LABEL_COLUMNS.contains(header[i].strip().toLowerCase(Locale.ROOT)))
                .findFirst()
                .orElse(0));
    }

    private static void example(
            Path path, int line, String[] cells, int columns, int labelColumn, List<Integer> labels, OutputStream out)
            throws IOException {
        if (cells.length != columns) {
            throw new GauntletException(
                    "%s, line %d: %d cells instead of %d.".formatted(path, line, cells.length, columns));
        }
        String where = "%s, line %d".formatted(path, line);
        double label = number(where, cells[labelColumn]);
        if (label != Math.rint(label)) {
            throw new GauntletException("%s: the label '%s' is no whole number.".formatted(where, cells[labelColumn]));
        }
        labels.add(label(where, labels.size(), label));
        ByteBuffer values = ByteBuffer.allocate((columns - 1) * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < columns; i++) {
            if (i != labelColumn) {
                float value = (float) number(where, cells[i]);
                if (!(value >= 0 && value <= 1)) {
                    throw new GauntletException(
                            "%s: the number %s is not of [0,1]: %s.".formatted(where, cells[i].strip(), advice(value)));
                }
                values.putFloat(value);
            }
        }
        out.write(values.array());
    }

    private static double number(String where, String cell) {
        try {
            return Double.parseDouble(cell.strip());
        } catch (NumberFormatException e) {
            throw new GauntletException("%s: '%s' is no number.".formatted(where, cell.strip()), e);
        }
    }
}

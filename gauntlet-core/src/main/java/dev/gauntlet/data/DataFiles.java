package dev.gauntlet.data;

import dev.gauntlet.GauntletException;
import dev.gauntlet.Sha256;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Opens data files: NumPy's npz and npy, the binary files of CIFAR-10 and CIFAR-100, and CSV.
 *
 * <p>The examples stay on the disk and are read on demand, so a million take hardly more memory than a thousand.
 * Opening reads each file once, to compute its SHA-256 and to refuse invalid pixels.
 *
 * <p>Example: {@code DataFiles.open(Path.of("images.npz"), DataOptions.PLAIN)}.
 */
public final class DataFiles {
    /** The name of the split of a user's data. */
    public static final String SPLIT = "given";

    private static final int CIFAR_SIDE = 32;
    private static final int CIFAR_PIXELS = 3 * CIFAR_SIDE * CIFAR_SIDE;
    private static final List<String> CIFAR10 =
            List.of("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck");

    private DataFiles() {}

    /**
     * Tells whether {@link #open} supports a path.
     *
     * @param path a file, or a folder with the files of CIFAR
     * @return whether the extension, or the folder's content, is supported
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
     * <p>An npz file has the images in an array named x, x_test, images, test_images, data or arr_0 and the labels in
     * y, y_test, labels, test_labels, label or arr_1; npy files come in pairs. Images are uint8, of which 255 is white,
     * floats in [0,1] or bool, of the shape N,H,W or N,C,H,W or N,H,W,C or N,D; labels are integers, strings, or
     * one-hot rows. A CSV file has one example per line: the label and numbers in [0,1], or bytes; the label is in the
     * column named label, class, target or y, or in the only one with text, or, without a header, in the first one.
     *
     * <p>The notice of the data's origin lists assumptions, such as the order of text labels.
     *
     * @param path a file ending in {@code .npz}, {@code .npy}, {@code .csv} or {@code .bin}, or a folder with the
     *     binary files of CIFAR-10 or CIFAR-100
     * @param format what the file itself does not define
     * @return the examples
     * @throws GauntletException if the file is missing, damaged or of another kind, or contains invalid pixels
     */
    public static Dataset open(Path path, DataOptions format) {
        Optional<Path> cifar = cifarFolder(path);
        if (cifar.isPresent()) {
            return cifar(cifar.get(), format);
        }
        if (!Files.isRegularFile(path)) {
            throw new GauntletException("%s does not exist; check the path.".formatted(path));
        }
        String name = name(path);
        if (name.endsWith(".npz")) {
            return ArrayData.npz(path, format);
        }
        if (name.endsWith(".npy")) {
            return ArrayData.npy(path, format);
        }
        if (format.labels().isPresent()) {
            throw new GauntletException(
                    "%s contains its own labels; do not give another file with labels.".formatted(path));
        }
        if (name.endsWith(".csv")) {
            return CsvData.open(path, format);
        }
        if (name.endsWith(".bin")) {
            return cifar(path, format);
        }
        throw new GauntletException(
                "%s has an unknown extension; supported are .npz, .npy, .csv and .bin (CIFAR).".formatted(path));
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

    static Map<String, String> sums(Path path) {
        return Map.of(fileName(path), sum(path));
    }

    /** Distinguishes two files that may have the same name in different folders. */
    static Map<String, String> sums(Path images, Path labels) {
        boolean apart = !fileName(images).equals(fileName(labels));
        Map<String, String> sums = new TreeMap<>();
        sums.put(apart ? fileName(images) : images.toString(), sum(images));
        sums.put(apart ? fileName(labels) : labels.toString(), sum(labels));
        return sums;
    }

    static DataOrigin origin(Path path, Map<String, String> sums) {
        return new DataOrigin(
                fileName(path).replaceFirst("\\.\\w{3}$", ""), SPLIT, path.toString(), sums, Optional.empty());
    }

    /** Refuses a label that is not a class; the caller checks that it is an integer. */
    static int label(String where, int id, double number) {
        if (!(number >= 0 && number < ClassNumbers.MOST_CLASSES)) {
            throw new GauntletException("%s gives example %d the label %.0f; labels range from 0 to %d."
                    .formatted(where, id, number, ClassNumbers.MOST_CLASSES - 1));
        }
        return (int) number;
    }

    /** Refuses more distinct labels than any data set has. */
    static void requireFew(String where, int labels) {
        if (labels > ClassNumbers.MOST_CLASSES) {
            throw new GauntletException("%s has more than %,d distinct labels; these are not classes."
                    .formatted(where, ClassNumbers.MOST_CLASSES));
        }
    }

    /** Describes how text labels were numbered. */
    static Optional<String> notice(ClassNumbers classes) {
        if (!classes.assumed()) {
            return classes.notice();
        }
        return Optional.of("The labels are text and were numbered in alphabetical order: %s."
                .formatted(ClassNumbers.numbered(classes.classes())));
    }

    /** Describes that pixels were clipped by an invisible amount. */
    static String clampedNotice(long pixels) {
        return "%,d %s outside [0,1] by at most %s and clipped."
                .formatted(pixels, pixels == 1 ? "pixel was" : "pixels were", "0.000001");
    }

    /** Adds a second class if the data has only one, because every classifier has at least two. */
    static List<String> atLeastTwo(List<String> classes) {
        return classes.size() > 1 ? classes : List.of(classes.get(0), "1");
    }

    static <V> V required(Map<String, V> values, String name) {
        return Objects.requireNonNull(values.get(name), name);
    }

    /** Returns the test file of a CIFAR folder, if there is one. */
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
    private static Dataset cifar(Path path, DataOptions format) {
        long size;
        try {
            size = Files.size(path);
        } catch (IOException e) {
            throw new GauntletException("%s cannot be read: %s.".formatted(path, e.getMessage()), e);
        }
        boolean hundred = size % (2 + CIFAR_PIXELS) == 0;
        if (size == 0 || (!hundred && size % (1 + CIFAR_PIXELS) != 0)) {
            throw new GauntletException(
                    "%s has %,d bytes, which is not a multiple of the size of a CIFAR-10 image (%d bytes) or a CIFAR-100 image (%d); it is truncated or another kind of file."
                            .formatted(path, size, 1 + CIFAR_PIXELS, 2 + CIFAR_PIXELS));
        }
        int labelBytes = hundred ? 2 : 1;
        long count = size / (labelBytes + CIFAR_PIXELS);
        if (count > Integer.MAX_VALUE) {
            throw new GauntletException("%s has too many images.".formatted(path));
        }
        MappedFile file = MappedFile.of(path, 0, labelBytes + CIFAR_PIXELS, (int) count);
        int[] labels = new int[(int) count];
        for (int id = 0; id < labels.length; id++) {
            labels[id] = file.piece(id).get(file.position(id) + labelBytes - 1) & 0xff;
        }
        List<String> names = format.classes().isEmpty() ? cifarClasses(path, hundred) : format.classes();
        return new FileDataset(
                origin(path, sums(path)),
                new ImageShape(3, CIFAR_SIDE, CIFAR_SIDE),
                ClassNumbers.named(path.toString(), Arrays.stream(labels).max().orElse(0), names),
                false,
                labels,
                new FileDataset.Pixels(file, labelBytes, Encoding.UINT8, 255, Layout.NCHW, false));
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
                    .limit(ClassNumbers.MOST_CLASSES)
                    .toList();
        } catch (IOException e) {
            throw new GauntletException("%s cannot be read: %s.".formatted(names, e.getMessage()), e);
        }
    }
}

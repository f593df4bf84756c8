package com.example;

import dev.gauntlet.GauntletException;
import dev.gauntlet.Sha256;
import dev.gauntlet.data.ImageShape;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/**
 * The weights of a linear model, as a text file has them:
 *
 * <pre>
 * linear 1
 * shape 1x2x2
 * classes 2
 * 0.5 1 -1 1 -1
 * 0   -1 1 -1 1
 * </pre>
 *
 * <p>After the version of the format, the shape of an image and the number of classes, each class has a line with its bias
 * and its weights, in the order channels, rows, columns.
 */
public final class LinearFile {
    /** The first line of every file. */
    static final String FIRST_LINE = "linear 1";

    private final ImageShape shape;
    private final double[][] rows;
    private final String sha256;

    private LinearFile(ImageShape shape, double[][] rows, String sha256) {
        this.shape = shape;
        this.rows = rows;
        this.sha256 = sha256;
    }

    /**
     * Reads a file.
     *
     * @param path the file
     * @return its weights
     * @throws GauntletException if it is missing, damaged or of another kind
     */
    public static LinearFile read(Path path) {
        byte[] content = TextFile.read(path);
        List<String> lines = new String(content, StandardCharsets.UTF_8).lines().toList();
        if (lines.isEmpty() || !lines.get(0).strip().equals(FIRST_LINE)) {
            throw new GauntletException(
                    "%s is not a linear model: its first line is not '%s'.".formatted(path, FIRST_LINE));
        }
        ImageShape shape = shape(path, header(path, lines, 1, "shape"));
        String count = header(path, lines, 2, "classes");
        int classes = count.matches("\\d{1,6}") ? Integer.parseInt(count) : 0;
        if (classes < 2) {
            throw new GauntletException(
                    "%s, line 3: the number of classes must be a whole number, at least 2, got '%s'."
                            .formatted(path, count));
        }
        List<String> weights = lines.subList(3, lines.size());
        if (weights.size() != classes) {
            throw new GauntletException("%s has %d lines of weights for %d classes; there must be one for each class."
                    .formatted(path, weights.size(), classes));
        }
        double[][] rows = new double[classes][];
        for (int k = 0; k < classes; k++) {
            rows[k] = numbers(path, 4 + k, weights.get(k), 1 + shape.size());
        }
        return new LinearFile(shape, rows, Sha256.of(content));
    }

    private static String header(Path path, List<String> lines, int index, String key) {
        String line = index < lines.size() ? lines.get(index).strip() : "";
        if (!line.startsWith(key + " ")) {
            throw new GauntletException(
                    "%s, line %d: expected '%s' and its value, got '%s'.".formatted(path, index + 1, key, line));
        }
        return line.substring(key.length()).strip();
    }

    private static ImageShape shape(Path path, String text) {
        try {
            return ImageShape.parse(text);
        } catch (GauntletException e) {
            throw new GauntletException("%s, line 2: %s".formatted(path, e.getMessage()), e);
        }
    }

    private static double[] numbers(Path path, int line, String text, int count) {
        String[] words = text.strip().split("\\s+");
        if (words.length != count) {
            throw new GauntletException("%s, line %d: expected a bias and %d weights, got %d numbers."
                    .formatted(path, line, count - 1, words.length));
        }
        return Arrays.stream(words)
                .mapToDouble(word -> number(path, line, word))
                .toArray();
    }

    private static double number(Path path, int line, String word) {
        double number;
        try {
            number = Double.parseDouble(word);
        } catch (NumberFormatException e) {
            number = Double.NaN;
        }
        // a weight beyond the range of a float would give infinite logits
        if (!(Math.abs(number) <= Float.MAX_VALUE)) {
            throw new GauntletException("%s, line %d: '%s' is not a finite number.".formatted(path, line, word));
        }
        return number;
    }

    /**
     * Returns the shape of an image.
     *
     * @return the shape
     */
    public ImageShape shape() {
        return shape;
    }

    /**
     * Returns the number of classes.
     *
     * @return the number, at least 2
     */
    public int classes() {
        return rows.length;
    }

    /**
     * Returns the SHA-256 of the file.
     *
     * @return the checksum as lower-case hexadecimal digits
     */
    public String sha256() {
        return sha256;
    }

    double bias(int k) {
        return rows[k][0];
    }

    double weight(int k, int pixel) {
        return rows[k][1 + pixel];
    }
}

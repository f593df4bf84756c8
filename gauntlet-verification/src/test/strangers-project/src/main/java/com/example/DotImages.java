package com.example;

import dev.gauntlet.GauntletException;
import dev.gauntlet.Sha256;
import dev.gauntlet.data.ClassNumbers;
import dev.gauntlet.data.DataOrigin;
import dev.gauntlet.data.Dataset;
import dev.gauntlet.data.ImageShape;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Small grayscale images drawn in a text file:
 *
 * <pre>
 * class bar
 * .#.
 * .#.
 *
 * class dash
 * ...
 * 9#9
 * </pre>
 *
 * <p>A line with the class begins an image, and the lines below are its rows: a dot is black, a digit is that many tenths of
 * white, and # is white. All images have the same shape. Blank lines are ignored.
 *
 * <p>Example: {@code DotImages.read(Path.of("bars.dots"), List.of())}.
 */
public final class DotImages implements Dataset {
    private static final String CLASS = "class ";

    private final DataOrigin origin;
    private final ImageShape shape;
    private final ClassNumbers numbers;
    private final int[] labels;
    private final List<String> drawings;

    private DotImages(DataOrigin origin, ImageShape shape, ClassNumbers numbers, int[] labels, List<String> drawings) {
        this.origin = origin;
        this.shape = shape;
        this.numbers = numbers;
        this.labels = labels;
        this.drawings = drawings;
    }

    /**
     * Reads a file.
     *
     * @param path the file
     * @param classes the class names in the order of their numbers, or each as {@code name=number}; empty for the
     *     alphabetical order
     * @return the images
     * @throws GauntletException if the file is missing or damaged, the images differ in shape, or a class is not named
     */
    public static DotImages read(Path path, List<String> classes) {
        byte[] content = TextFile.read(path);
        List<String> lines = new String(content, StandardCharsets.UTF_8).lines().toList();
        List<String> names = new ArrayList<>();
        List<List<String>> images = new ArrayList<>();
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i).strip();
            if (line.startsWith(CLASS)) {
                names.add(line.substring(CLASS.length()).strip());
                images.add(new ArrayList<>());
            } else if (!line.isEmpty()) {
                if (images.isEmpty() || !line.matches("[.#0-9]+")) {
                    throw new GauntletException(
                            "%s, line %d: expected '%s' and a name, or a row of dots, digits and #, got '%s'."
                                    .formatted(path, i + 1, CLASS.strip(), line));
                }
                images.get(images.size() - 1).add(line);
            }
        }
        ImageShape shape = shape(path, images);
        ClassNumbers numbers = ClassNumbers.of(path.toString(), "label", names, classes);
        String file = String.valueOf(path.getFileName());
        return new DotImages(
                new DataOrigin(
                        file.replaceFirst("\\.dots$", ""),
                        "test",
                        path.toString(),
                        Map.of(file, Sha256.of(content)),
                        numbers.notice()),
                shape,
                numbers,
                names.stream().mapToInt(numbers.numbers()::get).toArray(),
                images.stream().map(rows -> String.join("", rows)).toList());
    }

    private static ImageShape shape(Path path, List<List<String>> images) {
        if (images.isEmpty() || images.get(0).isEmpty()) {
            throw new GauntletException(
                    "%s %s.".formatted(path, images.isEmpty() ? "has no images" : "has an image without rows"));
        }
        int height = images.get(0).size();
        int width = images.get(0).get(0).length();
        for (int id = 0; id < images.size(); id++) {
            List<String> rows = images.get(id);
            if (rows.size() != height || rows.stream().anyMatch(row -> row.length() != width)) {
                throw new GauntletException(
                        "%s: image %d does not have %d rows of %d pixels, as the first row of the first image suggests; all images must have the same shape."
                                .formatted(path, id, height, width));
            }
        }
        return new ImageShape(1, height, width);
    }

    @Override
    public DataOrigin origin() {
        return origin;
    }

    @Override
    public ImageShape shape() {
        return shape;
    }

    @Override
    public List<String> classes() {
        return numbers.classes();
    }

    @Override
    public boolean numbersAssumed() {
        return numbers.assumed();
    }

    @Override
    public int size() {
        return labels.length;
    }

    @Override
    public int label(int id) {
        return labels[id];
    }

    @Override
    public void copyPixels(int id, float[] target, int offset) {
        String drawing = drawings.get(id);
        for (int i = 0; i < drawing.length(); i++) {
            target[offset + i] = pixel(drawing.charAt(i));
        }
    }

    private static float pixel(char drawn) {
        return switch (drawn) {
            case '.' -> 0;
            case '#' -> 1;
            default -> (drawn - '0') / 10f;
        };
    }
}

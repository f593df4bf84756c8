package dev.gauntlet.data;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Options for reading a data file that the file itself does not define.
 *
 * @param labels the file with the labels, if they are not in the same file as the images
 * @param classes the class names in the order of their numbers, or each as {@code name=number}; if empty, the names in
 *     the file, or the numbers
 * @param layout the order of the pixels; if absent, it is derived from the shape
 * @param labelColumn the label column of a CSV file: its name in the header, or its number, starting at 1; if absent,
 *     the column with such a name in the header or, without a header, the first one
 */
public record DataOptions(
        Optional<Path> labels, List<String> classes, Optional<Layout> layout, Optional<String> labelColumn) {
    /** The defaults: everything comes from the file. */
    public static final DataOptions PLAIN = new DataOptions(Optional.empty(), List.of(), Optional.empty());

    public DataOptions {
        classes = List.copyOf(classes);
    }

    /**
     * Creates the options for a file of arrays.
     *
     * @param labels the file with the labels, if they are not in the same file as the images
     * @param classes the class names
     * @param layout the order of the pixels
     */
    public DataOptions(Optional<Path> labels, List<String> classes, Optional<Layout> layout) {
        this(labels, classes, layout, Optional.empty());
    }

    /**
     * Returns the same options with a given label column of a CSV file.
     *
     * @param column the name of the column in the header, or its number, starting at 1
     * @return the options
     */
    public DataOptions withLabelColumn(String column) {
        return new DataOptions(labels, classes, layout, Optional.of(column));
    }
}

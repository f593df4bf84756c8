package dev.gauntlet.data;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * What a file of examples does not say itself.
 *
 * @param labels the file with the labels, where they are not with the images
 * @param classes the names of the classes in the order of their numbers, or each as {@code name=number}; if empty their
 *     numbers, or the names that the file has
 * @param layout the order of the pixels; if absent, what the sides suggest
 * @param labelColumn the column of the labels in a CSV file: its name in the header, or its number counted from 1; if
 *     absent, the column that the header calls so, or the first one without a header
 */
public record DataOptions(
        Optional<Path> labels, List<String> classes, Optional<Layout> layout, Optional<String> labelColumn) {
    /** Nothing but what the file says. */
    public static final DataOptions PLAIN = new DataOptions(Optional.empty(), List.of(), Optional.empty());

    public DataOptions {
        classes = List.copyOf(classes);
    }

    /**
     * Says what a file of arrays does not say itself.
     *
     * @param labels the file with the labels, where they are not with the images
     * @param classes the names of the classes
     * @param layout the order of the pixels
     */
    public DataOptions(Optional<Path> labels, List<String> classes, Optional<Layout> layout) {
        this(labels, classes, layout, Optional.empty());
    }

    /**
     * Returns the same format with the labels in a given column of a CSV file.
     *
     * @param column the name of the column in the header, or its number counted from 1
     * @return the format
     */
    public DataOptions withLabelColumn(String column) {
        return new DataOptions(labels, classes, layout, Optional.of(column));
    }
}

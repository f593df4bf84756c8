package dev.gauntlet.data;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * What a file of examples does not say itself.
 *
 * @param labels the file with the labels, where they are not with the images
 * @param classes the names of the classes; if empty their numbers, or the names that the file has
 * @param layout the order of the pixels; if absent, what the sides suggest
 */
public record DataFormat(Optional<Path> labels, List<String> classes, Optional<Layout> layout) {
    /** Nothing but what the file says. */
    public static final DataFormat PLAIN = new DataFormat(Optional.empty(), List.of(), Optional.empty());

    public DataFormat {
        classes = List.copyOf(classes);
    }
}

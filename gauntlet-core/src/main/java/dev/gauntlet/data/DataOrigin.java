package dev.gauntlet.data;

import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Describes a data set and where it was found.
 *
 * @param name the name of the data set, such as {@code mnist}
 * @param split which part of it, such as {@code test}
 * @param location where it was found: a folder, or {@code built in}
 * @param sha256 the SHA-256 of each file that was read, as lower-case hexadecimal digits, by file name, in the order of
 *     the names
 * @param notice what a reader must know before trusting any number, such as that this data set replaces another one
 */
public record DataOrigin(
        String name, String split, String location, Map<String, String> sha256, Optional<String> notice) {
    public DataOrigin {
        // with Map.copyOf the iteration order, and so the JSON, would differ between processes
        sha256 = Collections.unmodifiableMap(new TreeMap<>(sha256));
    }

    /**
     * Returns the same origin with a notice.
     *
     * @param text what a reader must know before trusting any number
     * @return the origin
     */
    public DataOrigin withNotice(String text) {
        return new DataOrigin(name, split, location, sha256, Optional.of(text));
    }

    /**
     * Returns the same origin with a notice appended to the others.
     *
     * @param text what a reader must also know, a sentence
     * @return the origin
     */
    public DataOrigin withAlso(String text) {
        return withNotice(notice.map(before -> before + " " + text).orElse(text));
    }
}

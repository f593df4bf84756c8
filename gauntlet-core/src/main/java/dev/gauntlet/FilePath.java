package dev.gauntlet;

import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;

/** Names of files and folders as users write them. */
public final class FilePath {
    private FilePath() {}

    /**
     * Reads the name of a file or folder.
     *
     * @param text the name
     * @return the path
     * @throws GauntletException if there can be none of this name, or the locale has no letters for it
     */
    public static Path of(String text) {
        try {
            return Path.of(text);
        } catch (InvalidPathException e) {
            String encoding = System.getProperty("sun.jnu.encoding", "");
            boolean ascii = text.chars().allMatch(letter -> letter < 128);
            if (!ascii && !encoding.equalsIgnoreCase(StandardCharsets.UTF_8.name())) {
                throw new GauntletException(
                        "The locale cannot represent the name '%s' (its encoding is %s); set a UTF-8 locale, such as LC_ALL=C.UTF-8."
                                .formatted(text, encoding),
                        e);
            }
            throw new GauntletException("'%s' is not a valid path (%s).".formatted(text, e.getReason()), e);
        }
    }
}

package com.example;

import dev.gauntlet.GauntletException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Reads the files of this project. */
final class TextFile {
    private static final long LONGEST = 100_000_000;

    private TextFile() {}

    /**
     * Reads all bytes of a file.
     *
     * @throws GauntletException if it does not exist, is too long or cannot be read
     */
    static byte[] read(Path path) {
        if (!Files.isRegularFile(path)) {
            throw new GauntletException("The file %s does not exist; check the path.".formatted(path));
        }
        try {
            if (Files.size(path) > LONGEST) {
                throw new GauntletException("%s is longer than %,d bytes.".formatted(path, LONGEST));
            }
            return Files.readAllBytes(path);
        } catch (IOException e) {
            throw new GauntletException("%s cannot be read: %s.".formatted(path, e.getMessage()), e);
        }
    }
}

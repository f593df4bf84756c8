package dev.gauntlet.report.plan;

import dev.gauntlet.GauntletException;
import dev.gauntlet.StorageException;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.dataformat.toml.TomlMapper;

/**
 * A file in TOML with the places of its keys, which messages name.
 *
 * @param file the file
 * @param tree its content
 * @param positions where each key is written
 */
public record TomlText(Path file, JsonNode tree, TomlPositions positions) {
    private static final TomlMapper TOML = new TomlMapper();

    /** More than any such file needs. */
    private static final long MAXIMUM_BYTES = 1 << 20;

    /**
     * Reads a file.
     *
     * @param file the file
     * @param kind what it is, for messages, such as {@code plan}
     * @return its content
     * @throws GauntletException if the file does not exist or is not valid TOML; the message names line and column
     */
    public static TomlText read(Path file, String kind) {
        try {
            if (Files.size(file) > MAXIMUM_BYTES) {
                throw new GauntletException(
                        "The %s %s has more than %d bytes, which is the limit.".formatted(kind, file, MAXIMUM_BYTES));
            }
            String text = Files.readString(file);
            return new TomlText(file, TOML.readTree(text), TomlPositions.of(text));
        } catch (NoSuchFileException e) {
            throw new GauntletException("The %s %s does not exist; check the path.".formatted(kind, file), e);
        } catch (CharacterCodingException e) {
            throw new GauntletException("The %s %s is not text in UTF-8; save it as such.".formatted(kind, file), e);
        } catch (IOException e) {
            throw new GauntletException(
                    "The %s %s cannot be read: %s.".formatted(kind, file, StorageException.reason(e)), e);
        } catch (JacksonException e) {
            throw new GauntletException(
                    "The %s %s is not valid TOML (line %d, column %d): %s"
                            .formatted(
                                    kind,
                                    file,
                                    e.getLocation().getLineNr(),
                                    e.getLocation().getColumnNr(),
                                    e.getOriginalMessage()),
                    e);
        }
    }

    /**
     * Returns the file with the place of a key, as messages name it.
     *
     * @param key the key with its sections
     * @return such as {@code robustness.toml (line 3, column 1)}; without a place, the file
     */
    public String at(List<String> key) {
        Optional<TomlPositions.Position> position = positions.of(key);
        return file + position.map(found -> " (" + found + ")").orElse("");
    }
}

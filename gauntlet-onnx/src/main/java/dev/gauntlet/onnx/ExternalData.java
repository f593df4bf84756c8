package dev.gauntlet.onnx;

import dev.gauntlet.GauntletException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The files in which an ONNX file stores large tensors; they must be in its folder, and so must the targets of links.
 */
final class ExternalData {
    /** How many times larger all tensors may be than the files; several tensors may share weights. */
    private static final int MOST_REPETITIONS = 2;

    private final Path folder;
    private final Map<Path, Long> sizes = new HashMap<>();
    private long taken;

    ExternalData(Path model) {
        Path parent = model.toAbsolutePath().getParent();
        this.folder = parent == null ? model.toAbsolutePath() : parent;
    }

    /**
     * Reads a tensor's bytes.
     *
     * @param where the name of the tensor, for errors
     * @param entries the declared position: location, and possibly offset and length
     * @param bytes the size of the tensor in bytes
     */
    ByteBuffer read(String where, Map<String, String> entries, long bytes) {
        String location = entries.getOrDefault("location", "");
        Path data = inside(where, location);
        long offset = number(where, entries.getOrDefault("offset", "0"));
        long length = number(where, entries.getOrDefault("length", Long.toString(bytes)));
        if (length != bytes || bytes > Integer.MAX_VALUE) {
            throw new GauntletException("%s takes %d bytes, but its entry in '%s' has %d; the file is damaged."
                    .formatted(where, bytes, location, length));
        }
        try (FileChannel channel = FileChannel.open(data)) {
            if (offset > channel.size() || length > channel.size() - offset) {
                throw new GauntletException("%s should be at byte %d to %d of '%s', which has only %d; it is truncated."
                        .formatted(where, offset, offset + length, location, channel.size()));
            }
            sizes.put(data, channel.size());
            taken += length;
            long there = sizes.values().stream().mapToLong(Long::longValue).sum();
            if (taken > MOST_REPETITIONS * there) {
                throw new GauntletException(
                        "%s and the tensors before it take %d bytes, but the files have %d; the file is damaged."
                                .formatted(where, taken, there));
            }
            // mapped instead of read, because many tensors may share a position
            return channel.map(FileChannel.MapMode.READ_ONLY, offset, length).order(ByteOrder.LITTLE_ENDIAN);
        } catch (IOException e) {
            throw new GauntletException("%s: '%s' cannot be read: %s.".formatted(where, location, e.getMessage()), e);
        }
    }

    /** Returns the files that were read, in the order of their names. */
    List<Path> files() {
        return sizes.keySet().stream().sorted().toList();
    }

    private Path inside(String where, String location) {
        try {
            Path place = folder.resolve(location).normalize();
            if (location.isEmpty() || Path.of(location).isAbsolute() || !place.startsWith(folder.normalize())) {
                throw outside(where, location);
            }
            if (!Files.isRegularFile(place)) {
                throw new GauntletException("%s is stored in the file '%s', which is not in the folder %s."
                        .formatted(where, location, folder));
            }
            if (!place.toRealPath().startsWith(folder.toRealPath())) {
                throw outside(where, location);
            }
            return place;
        } catch (InvalidPathException | IOException e) {
            throw new GauntletException("%s is stored in '%s', which is not a file.".formatted(where, location), e);
        }
    }

    private GauntletException outside(String where, String location) {
        return new GauntletException(
                "%s is stored in '%s', outside the model's folder %s, which is refused; move the file into the folder and export the model again."
                        .formatted(where, location, folder));
    }

    private static long number(String where, String text) {
        if (!text.matches("\\d{1,18}")) {
            throw new GauntletException(
                    "%s has a position '%s' that is not a number; the file is damaged.".formatted(where, text));
        }
        return Long.parseLong(text);
    }
}

package dev.gauntlet;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileStore;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Locale;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A file could not be written although the request was valid, for example because the disk is full.
 *
 * <p>{@link #of} distinguishes a full disk from a missing write permission, and gives advice accordingly.
 *
 * <p>Example: {@code throw StorageException.of("The report cannot be written to " + folder, folder, e)}.
 */
public final class StorageException extends GauntletException {
    /** How operating systems report a full disk in English; for other languages the free space is measured. */
    private static final String[] FULL = {"no space left", "quota exceeded", "not enough space"};

    /** A disk with less free space than this counts as full. */
    private static final long NOTHING = 64 << 10;

    private StorageException(String message, IOException cause) {
        super(message, cause);
    }

    /**
     * Explains why something could not be written, and what to do.
     *
     * @param what what could not be written and where, as the beginning of a sentence
     * @param place the file or folder; it need not exist
     * @param cause the failure
     * @return a storage exception if the disk is full; otherwise a plain exception that asks for another place
     */
    public static GauntletException of(String what, Path place, IOException cause) {
        return isFull(place, cause)
                ? new StorageException(
                        "%s: %s; free some space or choose another place.".formatted(what, reason(cause)), cause)
                : new GauntletException(
                        "%s: %s; choose a folder that you can write to.".formatted(what, reason(cause)), cause);
    }

    /**
     * Creates the exception for output that was saved in another place.
     *
     * @param message what could not be written, and where it was saved instead
     * @param cause the failure
     * @return the exception
     */
    public static StorageException keptElsewhere(String message, IOException cause) {
        return new StorageException(message, cause);
    }

    /**
     * Describes in a few words why a file operation failed.
     *
     * @param failure the failure
     * @return the reason, such as {@code Read-only file system}
     */
    public static String reason(IOException failure) {
        if (failure instanceof AccessDeniedException) {
            return "permission denied";
        }
        String reason = failure instanceof FileSystemException ofFiles ? ofFiles.getReason() : failure.getMessage();
        return reason == null || reason.isBlank() ? failure.getClass().getSimpleName() : reason;
    }

    private static boolean isFull(Path place, IOException failure) {
        String reason = reason(failure).toLowerCase(Locale.ROOT);
        return Stream.of(FULL).anyMatch(reason::contains)
                || (!(failure instanceof AccessDeniedException) && hasNoRoom(place));
    }

    private static boolean hasNoRoom(Path place) {
        try {
            FileStore store = store(place);
            return store != null && !store.isReadOnly() && store.getUsableSpace() < NOTHING;
        } catch (IOException e) {
            // if the free space is unknown, the disk does not count as full, and the first failure is reported
            return false;
        }
    }

    private static @Nullable FileStore store(Path place) throws IOException {
        Path existing = place.toAbsolutePath();
        while (existing != null && !Files.exists(existing, LinkOption.NOFOLLOW_LINKS)) {
            existing = existing.getParent();
        }
        return existing == null ? null : Files.getFileStore(existing);
    }
}

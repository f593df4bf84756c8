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
 * A file could not be written although the request for it was right, for instance because the disk is full.
 *
 * <p>{@link #of} tells a full disk from a place that may not be written, and words the advice accordingly.
 *
 * <p>Example: {@code throw StorageException.of("The report cannot be written to " + folder, folder, e)}.
 */
public final class StorageException extends GauntletException {
    /** How operating systems report that there is no room; the texts of other languages are found by asking for the room. */
    private static final String[] FULL = {"no space left", "quota exceeded", "not enough space"};

    /** A disk with less than this is full for every purpose here. */
    private static final long NOTHING = 64 << 10;

    private StorageException(String message, IOException cause) {
        super(message, cause);
    }

    /**
     * Explains why something could not be written, and what to do.
     *
     * @param what what could not be written and where, as the beginning of a sentence
     * @param place the file or folder that could not be written; it need not exist
     * @param cause the failure
     * @return a storage exception if the disk is full; a plain one, which blames the chosen place, if it may not be written
     */
    public static GauntletException of(String what, Path place, IOException cause) {
        return isFull(place, cause)
                ? new StorageException(
                        "%s: %s; free some space or choose another place.".formatted(what, reason(cause)), cause)
                : new GauntletException(
                        "%s: %s; choose another place, in a folder that you may write.".formatted(what, reason(cause)),
                        cause);
    }

    /**
     * Makes the exception for what was kept elsewhere.
     *
     * @param message what could not be written, and where it is instead
     * @param cause the failure
     * @return the exception
     */
    public static StorageException keptElsewhere(String message, IOException cause) {
        return new StorageException(message, cause);
    }

    /**
     * Says in a few words why a file operation failed.
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
            // a disk that cannot be asked is not known to be full; the first failure is the one that is reported
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

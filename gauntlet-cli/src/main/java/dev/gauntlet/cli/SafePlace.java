package dev.gauntlet.cli;

import dev.gauntlet.GauntletException;
import dev.gauntlet.StorageException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The file of a result: at the place that the user chose or, if that cannot be written any more, at another one, so that no
 * long work is lost.
 */
final class SafePlace {
    private final @Nullable Path file;
    private final @Nullable GauntletException failure;

    private SafePlace(@Nullable Path file, @Nullable GauntletException failure) {
        this.file = file;
        this.failure = failure;
    }

    /**
     * Writes a result.
     *
     * @param wanted the place that the user chose
     * @param writer writes the result to a new place, and returns the file to report to the user
     * @throws GauntletException if the writer fails for another reason than the place
     */
    static SafePlace write(Path wanted, UnaryOperator<Path> writer) {
        return write(
                wanted,
                writer,
                Stream.of(System.getProperty("java.io.tmpdir"), System.getProperty("user.home"), "")
                        .map(Path::of)
                        .toList());
    }

    /** Writes a result, with fallback directories. */
    static SafePlace write(Path wanted, UnaryOperator<Path> writer, Iterable<Path> others) {
        try {
            return new SafePlace(writer.apply(wanted), null);
        } catch (GauntletException e) {
            if (!(e.getCause() instanceof IOException)) {
                throw e;
            }
            return elsewhere(wanted, writer, others, e);
        }
    }

    private static SafePlace elsewhere(
            Path wanted, UnaryOperator<Path> writer, Iterable<Path> others, GauntletException failure) {
        for (Path other : others) {
            try {
                Path folder = Files.createTempDirectory(other, "gauntlet-");
                return new SafePlace(writer.apply(folder.resolve(String.valueOf(wanted.getFileName()))), failure);
            } catch (IOException | GauntletException e) {
                failure.addSuppressed(e);
            }
        }
        return new SafePlace(null, failure);
    }

    /** Returns the file; empty if no place could be written. */
    Optional<Path> file() {
        return Optional.ofNullable(file);
    }

    /**
     * Throws an exception if the result is not at the place that the user chose; called after all other output.
     *
     * @throws StorageException that names the other place
     */
    void requireAsWanted() {
        if (failure != null && failure.getCause() instanceof IOException cause) {
            String where = file == null
                    ? "No other directory could be written, either."
                    : "The result was written to %s.".formatted(file);
            throw StorageException.keptElsewhere(failure.getMessage() + " " + where, cause);
        }
    }
}

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
 * Where a finished result was written: in the place that the user named or, where that has become impossible meanwhile, in
 * another one, so that no long work is lost.
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
     * @param wanted the place that the user named
     * @param writer writes the result to a place that does not exist, and returns the file to name to the user
     * @throws GauntletException if the writer refuses for another reason than the place
     */
    static SafePlace write(Path wanted, UnaryOperator<Path> writer) {
        return write(
                wanted,
                writer,
                Stream.of(System.getProperty("java.io.tmpdir"), System.getProperty("user.home"), "")
                        .map(Path::of)
                        .toList());
    }

    /** Writes a result, with these folders to fall back on. */
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

    /** Returns the file; empty if it could be written nowhere. */
    Optional<Path> file() {
        return Optional.ofNullable(file);
    }

    /**
     * Complains, once everything else is said, unless the result is where it was wanted.
     *
     * @throws StorageException that names the other place
     */
    void requireAsWanted() {
        if (failure != null && failure.getCause() instanceof IOException cause) {
            String where = file == null
                    ? "No other folder could be written, either."
                    : "The result is kept in %s.".formatted(file);
            throw StorageException.keptElsewhere(failure.getMessage() + " " + where, cause);
        }
    }
}

package dev.gauntlet;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.UUID;

/** Writes files that are complete or not there: each is written beside its place and moved there at the end. */
public final class AtomicFile {
    private AtomicFile() {}

    /** What is written. */
    @FunctionalInterface
    public interface Content {
        /**
         * Writes all of it.
         *
         * @param out where to; closed by the caller
         * @throws IOException if it cannot be written
         */
        void writeTo(OutputStream out) throws IOException;
    }

    /**
     * Writes a file, replacing one that is there.
     *
     * @param target the file, in a folder that exists
     * @param content what is written
     * @throws IOException if it cannot be written; then nothing is left behind, and what was there still is, also when
     *     the process is told to end meanwhile
     */
    public static void write(Path target, Content content) throws IOException {
        // not Files.createTempFile, which lets nobody but the owner read the file
        Path beside = target.resolveSibling("." + target.getFileName() + "-" + UUID.randomUUID() + ".tmp");
        Thread cleaner = new Thread(beside.toFile()::delete, "gauntlet-cleaner");
        try {
            Runtime.getRuntime().addShutdownHook(cleaner);
        } catch (IllegalStateException e) {
            throw new IOException("the process is ending", e);
        }
        try {
            try (OutputStream out =
                    new BufferedOutputStream(Files.newOutputStream(beside, StandardOpenOption.CREATE_NEW))) {
                content.writeTo(out);
            }
            moveIntoPlace(beside, target);
        } finally {
            Files.deleteIfExists(beside);
            forget(cleaner);
        }
    }

    private static void forget(Thread cleaner) {
        try {
            Runtime.getRuntime().removeShutdownHook(cleaner);
        } catch (IllegalStateException e) {
            // the process is ending, and the cleaner finds nothing to clean
        }
    }

    /**
     * Puts a complete file in the place of the target, which no reader ever sees half-written.
     *
     * @param complete the complete file, on the same file system
     * @param target the place; a file that is there is replaced
     * @throws IOException if it cannot be moved
     */
    public static void moveIntoPlace(Path complete, Path target) throws IOException {
        Files.move(complete, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }
}

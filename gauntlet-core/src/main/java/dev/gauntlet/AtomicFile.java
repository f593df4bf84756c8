package dev.gauntlet;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.UUID;

/** Writes files atomically: each is written under a temporary name and moved into place when it is complete. */
public final class AtomicFile {
    private AtomicFile() {}

    /** The content of a file. */
    @FunctionalInterface
    public interface Content {
        /**
         * Writes the whole content.
         *
         * @param out the stream to write to; closed by the caller
         * @throws IOException if it cannot be written
         */
        void writeTo(OutputStream out) throws IOException;
    }

    /**
     * Writes a file, replacing an existing one.
     *
     * @param target the file, in an existing folder
     * @param content the content
     * @throws IOException if the file cannot be written; the previous file is then unchanged and no temporary file
     *     remains, also when the process is terminated meanwhile
     */
    public static void write(Path target, Content content) throws IOException {
        // not Files.createTempFile, whose files only the owner can read
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
            // or a power failure could leave the name with a part of the content
            synchronize(beside);
            moveIntoPlace(beside, target);
        } finally {
            Files.deleteIfExists(beside);
            forget(cleaner);
        }
    }

    /** Waits until the content is on the disk; not with a channel, which would fail in an interrupted thread. */
    private static void synchronize(Path file) throws IOException {
        try (RandomAccessFile written = new RandomAccessFile(file.toFile(), "rw")) {
            written.getFD().sync();
        }
    }

    private static void forget(Thread cleaner) {
        try {
            Runtime.getRuntime().removeShutdownHook(cleaner);
        } catch (IllegalStateException e) {
            // the process is ending, so the cleaner has nothing to delete
        }
    }

    /**
     * Moves a complete file to the target, so that no reader ever sees a partial file.
     *
     * @param complete the complete file, on the same file system
     * @param target the destination; an existing file is replaced
     * @throws IOException if it cannot be moved
     */
    public static void moveIntoPlace(Path complete, Path target) throws IOException {
        Files.move(complete, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }
}

package dev.gauntlet.report;

import dev.gauntlet.GauntletException;
import dev.gauntlet.StorageException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Writes a folder completely or not at all.
 *
 * <p>The files are written into a hidden folder next to the target and moved when complete; a replaced folder is kept there
 * until the new one is in place.
 */
final class StagedFolder {
    /** Twice the size of a report on 10,000 small images. */
    private static final long ORDINARY_REPORT = 4 << 20;

    private final Path folder;
    private final boolean force;

    /**
     * Creates a folder that is written later.
     *
     * @param folder the target
     * @param force whether an existing report, or an empty folder, may be replaced
     */
    StagedFolder(Path folder, boolean force) {
        this.folder = folder;
        this.force = force;
    }

    /**
     * Checks that the target can and may be written; changes nothing.
     *
     * @throws GauntletException if the target exists and may not be replaced, or there is no permission to write
     */
    void requireWritable() {
        try {
            Path place = place();
            requireReplaceable(place);
            Path ancestor = existingAncestor(place);
            if (!Files.isDirectory(ancestor)) {
                throw new GauntletException(
                        "The report cannot be written to %s: %s is not a directory; choose another folder."
                                .formatted(folder, ancestor));
            }
            // a check of the permission is not enough: the file system may be mounted read-only
            Files.delete(Files.createTempDirectory(ancestor, ".gauntlet-"));
        } catch (IOException e) {
            throw failure(e);
        }
    }

    /**
     * Checks that the disk has room for an ordinary report.
     *
     * @throws GauntletException if it does not
     */
    void requireRoom() {
        try {
            Path ancestor = existingAncestor(place());
            if (Files.getFileStore(ancestor).getUsableSpace() < ORDINARY_REPORT) {
                // some file systems do not report their free space
                tryToWrite(ancestor);
            }
        } catch (IOException e) {
            throw failure(e);
        }
    }

    private static void tryToWrite(Path ancestor) throws IOException {
        Path trial = Files.createTempFile(ancestor, ".gauntlet-", ".tmp");
        try (OutputStream out = Files.newOutputStream(trial)) {
            byte[] block = new byte[1 << 16];
            // a compressing file system needs no space for zeros
            new SplittableRandom(0).nextBytes(block);
            for (long written = 0; written < ORDINARY_REPORT; written += block.length) {
                out.write(block);
            }
        } finally {
            Files.delete(trial);
        }
    }

    /**
     * Writes the folder.
     *
     * @param files the content of each file by its path inside the folder, with {@code /} between the parts
     * @param addition writes additional files
     * @throws GauntletException if the target is refused or a file cannot be written; then nothing has changed
     */
    void write(Map<String, byte[]> files, ReportFolder.Addition addition) {
        requireWritable();
        Deque<Path> newParents = new ArrayDeque<>();
        @Nullable Path stage = null;
        boolean done = false;
        try {
            Path place = place();
            createParents(place, newParents);
            stage = Files.createTempDirectory(parent(place), ".gauntlet-");
            // a nested folder, because other users have no access to a temporary folder
            Path complete = Files.createDirectory(stage.resolve("complete"));
            for (Map.Entry<String, byte[]> file : files.entrySet()) {
                Path target = complete.resolve(file.getKey());
                Files.createDirectories(parent(target));
                Files.write(target, file.getValue());
            }
            addition.writeInto(complete);
            moveIntoPlace(complete, place, stage.resolve("replaced"));
            done = true;
        } catch (IOException e) {
            throw failure(e);
        } finally {
            cleanUp(stage, done ? new ArrayDeque<>() : newParents);
        }
    }

    private static void moveIntoPlace(Path complete, Path place, Path replaced) throws IOException {
        boolean exists = Files.exists(place, LinkOption.NOFOLLOW_LINKS);
        if (exists) {
            Files.move(place, replaced);
        }
        try {
            Files.move(complete, place);
        } catch (IOException e) {
            if (exists) {
                Files.move(replaced, place);
            }
            throw e;
        }
    }

    private void requireReplaceable(Path place) throws IOException {
        if (!Files.exists(place, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        if (!Files.isDirectory(place)) {
            throw new GauntletException(
                    "%s exists and is not a directory; choose another folder for the report.".formatted(folder));
        }
        if (!force) {
            throw new GauntletException(
                    "The folder %s already exists; choose another folder, or force its replacement.".formatted(folder));
        }
        if (!isEmpty(place) && !isReport(place)) {
            throw new GauntletException(
                    "The folder %s does not contain a report (index.html and report.json), so it is not replaced even if forced; choose another folder."
                            .formatted(folder));
        }
    }

    private static boolean isEmpty(Path place) throws IOException {
        try (Stream<Path> entries = Files.list(place)) {
            return entries.findAny().isEmpty();
        }
    }

    private static boolean isReport(Path place) {
        return Files.isRegularFile(place.resolve(ReportFolder.INDEX))
                && Files.isRegularFile(place.resolve(ReportFolder.JSON));
    }

    /** Resolves a link to a folder, so that the folder is replaced and not the link. */
    private Path place() throws IOException {
        return Files.isDirectory(folder)
                ? folder.toRealPath()
                : folder.toAbsolutePath().normalize();
    }

    private Path parent(Path path) {
        Path parent = path.getParent();
        if (parent == null) {
            throw new GauntletException("A report cannot replace %s; choose a folder inside it.".formatted(folder));
        }
        return parent;
    }

    private Path existingAncestor(Path place) {
        Path ancestor = parent(place);
        while (!Files.exists(ancestor, LinkOption.NOFOLLOW_LINKS)) {
            ancestor = parent(ancestor);
        }
        return ancestor;
    }

    /** Creates missing parent folders and records them, the innermost first. */
    private void createParents(Path place, Deque<Path> created) throws IOException {
        Deque<Path> missing = new ArrayDeque<>();
        for (Path parent = parent(place); !Files.exists(parent); parent = parent(parent)) {
            missing.push(parent);
        }
        for (Path parent : missing) {
            Files.createDirectory(parent);
            created.push(parent);
        }
    }

    private void cleanUp(@Nullable Path stage, Deque<Path> emptyParents) {
        try {
            if (stage != null) {
                deleteTree(stage);
            }
            for (Path parent : emptyParents) {
                Files.delete(parent);
            }
        } catch (IOException e) {
            throw new GauntletException(
                    "The temporary folder %s cannot be deleted: %s; delete it manually."
                            .formatted(stage, Formats.cause(e)),
                    e);
        }
    }

    private static void deleteTree(Path root) throws IOException {
        Files.walkFileTree(root, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.delete(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException e) throws IOException {
                if (e != null) {
                    throw e;
                }
                Files.delete(directory);
                return FileVisitResult.CONTINUE;
            }
        });
    }

    private GauntletException failure(IOException e) {
        return StorageException.of("The report cannot be written to " + folder, folder, e);
    }
}

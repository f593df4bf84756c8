package dev.gauntlet.cli;

import dev.gauntlet.GauntletException;
import dev.gauntlet.StorageException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;

/**
 * A file that a command writes at its end, and checks at its beginning.
 *
 * @param path the file
 * @param option the option that names it
 */
record OutputFile(Path path, String option) {
    /**
     * Checks that the file can be written; its folder may have to be created.
     *
     * @param force whether it may exist
     */
    void requireWritable(boolean force) {
        if (Files.isDirectory(path)) {
            throw new GauntletException("%s is a directory; choose another file with %s.".formatted(path, option));
        }
        if (Files.exists(path, LinkOption.NOFOLLOW_LINKS) && !force) {
            throw new GauntletException("%s already exists; choose another file with %s, or replace it with --force."
                    .formatted(path, option));
        }
        Path folder = path.toAbsolutePath().getParent();
        while (folder != null && Files.notExists(folder, LinkOption.NOFOLLOW_LINKS)) {
            folder = folder.getParent();
        }
        if (folder == null || !Files.isDirectory(folder)) {
            throw new GauntletException("%s cannot be written: %s is not a directory; choose another file with %s."
                    .formatted(path, folder, option));
        }
        try {
            // a check of the permission is not enough: the file system may be mounted read-only
            Files.delete(Files.createTempFile(folder, ".gauntlet-", ".tmp"));
        } catch (IOException e) {
            throw cannotBeWritten(e);
        }
    }

    /** Creates the folder of the file. */
    void createFolder() {
        try {
            Files.createDirectories(path.toAbsolutePath().getParent());
        } catch (IOException e) {
            throw cannotBeWritten(e);
        }
    }

    private GauntletException cannotBeWritten(IOException e) {
        return StorageException.of("%s cannot be written".formatted(path), path, e);
    }
}

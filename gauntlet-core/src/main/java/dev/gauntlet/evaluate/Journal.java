package dev.gauntlet.evaluate;

import dev.gauntlet.AtomicFile;
import dev.gauntlet.GauntletException;
import dev.gauntlet.Sha256;
import dev.gauntlet.StorageException;
import dev.gauntlet.evaluate.shard.ShardId;
import dev.gauntlet.evaluate.shard.ShardResult;
import dev.gauntlet.evaluate.shard.ShardTask;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The results of an evaluation in a folder, so that it continues where it was interrupted.
 *
 * <p>Each file begins with the checksum of the task that the result is of (and so of plan, model, data and program) and ends
 * with the checksum of what is before it. A file is there completely or not at all.
 */
final class Journal {
    private static final String DESCRIPTION = "journal.txt";
    private static final int CHECKSUM_LENGTH = 64;

    /** The last line of the description: it depends on the limits of the first run, which may differ from the current ones. */
    private static final Pattern BLOCKS = Pattern.compile("blocks of (\\d{1,9}) examples\n");

    private final Path folder;
    private final int blockSize;

    private Journal(Path folder, int blockSize) {
        this.folder = folder;
        this.blockSize = blockSize;
    }

    /**
     * Opens the journal in a folder, or begins a new one.
     *
     * @param folder the folder, which is made if it is not there
     * @param key everything that the results depend on, in words
     * @param blockSize how many examples are a block if the journal is new
     * @throws GauntletException if the journal there is of another evaluation, or the folder cannot be used
     */
    static Journal open(Path folder, String key, int blockSize) {
        Path description = folder.resolve(DESCRIPTION);
        try {
            Files.createDirectories(folder);
            if (!Files.exists(description)) {
                byte[] text =
                        "%sblocks of %d examples\n".formatted(key, blockSize).getBytes(StandardCharsets.UTF_8);
                AtomicFile.write(description, out -> out.write(text));
                return new Journal(folder, blockSize);
            }
            String text = Files.readString(description);
            Matcher blocks = BLOCKS.matcher(text.substring(Math.min(text.length(), key.length())));
            if (!text.startsWith(key) || !blocks.matches()) {
                throw new GauntletException(
                        "The journal %s is of another plan, model, data set or version of Gauntlet; see %s, and name another folder or delete this one."
                                .formatted(folder, description));
            }
            return new Journal(folder, Integer.parseInt(blocks.group(1)));
        } catch (IOException e) {
            throw unusable(folder, e);
        }
    }

    /** Returns how many examples are a block. */
    int blockSize() {
        return blockSize;
    }

    /** Tells whether there is a result of a task, which may be damaged. */
    boolean has(ShardId task) {
        return Files.exists(file(task));
    }

    /**
     * Reads the result of a task.
     *
     * @throws GauntletException if the file is missing, damaged or of another task
     */
    ShardResult read(ShardTask task) {
        Path file = file(task.id());
        try {
            byte[] bytes = Files.readAllBytes(file);
            int end = bytes.length - CHECKSUM_LENGTH;
            if (end < CHECKSUM_LENGTH
                    || !Sha256.of(Arrays.copyOf(bytes, end)).equals(ascii(bytes, end))
                    || !ascii(bytes, 0).equals(task.checksum())) {
                throw new GauntletException(
                        "The journal's file %s is damaged or of another evaluation; delete it, and its examples are evaluated again."
                                .formatted(file));
            }
            return ShardResult.of(Arrays.copyOfRange(bytes, CHECKSUM_LENGTH, end));
        } catch (IOException e) {
            throw unusable(file, e);
        }
    }

    /**
     * Writes the result of a task, without the images, which the success sink keeps.
     *
     * @throws GauntletException if it cannot be written
     */
    void write(ShardTask task, ShardResult result) {
        Path file = file(task.id());
        try {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            bytes.writeBytes(task.checksum().getBytes(StandardCharsets.US_ASCII));
            bytes.writeBytes(result.withoutImages().bytes());
            bytes.writeBytes(Sha256.of(bytes.toByteArray()).getBytes(StandardCharsets.US_ASCII));
            AtomicFile.write(file, bytes::writeTo);
        } catch (IOException e) {
            throw StorageException.of(
                    "The journal's file %s cannot be written (what was finished before is kept)".formatted(file),
                    file,
                    e);
        }
    }

    private Path file(ShardId task) {
        return folder.resolve("shard-" + task + ".bin");
    }

    private static String ascii(byte[] bytes, int offset) {
        return new String(bytes, offset, CHECKSUM_LENGTH, StandardCharsets.US_ASCII);
    }

    private static GauntletException unusable(Path path, IOException e) {
        return StorageException.of("The journal %s cannot be used".formatted(path), path, e);
    }
}

package dev.gauntlet.cli;

import dev.gauntlet.AtomicFile;
import dev.gauntlet.StorageException;
import dev.gauntlet.torch.Checkpoint;
import dev.gauntlet.torch.NetworkClassifier;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** The files of the best and of the last weights of a training, which survive an interruption. */
final class CheckpointFiles {
    private final Path best;
    private final Path last;
    private final boolean continued;
    private Optional<Integer> bestEpoch = Optional.empty();

    /**
     * Names the files.
     *
     * @param best the file for the best weights, whose name ends with {@code .safetensors}
     */
    CheckpointFiles(Path best) {
        this(
                best,
                best.resolveSibling(
                        String.valueOf(best.getFileName()).replaceFirst("\\.safetensors$", "-last.safetensors")),
                false);
    }

    private CheckpointFiles(Path best, Path last, boolean continued) {
        this.best = best;
        this.last = last;
        this.continued = continued;
    }

    Path last() {
        return last;
    }

    /**
     * Names files that do not exist yet.
     *
     * @param place the file for the best weights; a number is added to its name if it is taken
     */
    static CheckpointFiles unused(Path place) {
        CheckpointFiles files = new CheckpointFiles(place);
        for (int number = 2; Files.exists(files.best) || Files.exists(files.last); number++) {
            String name =
                    String.valueOf(place.getFileName()).replaceFirst("\\.safetensors$", "-" + number + ".safetensors");
            files = new CheckpointFiles(place.resolveSibling(name));
        }
        return files;
    }

    /**
     * Names the files in the folder of a journal, where an earlier run may have left some. Only a journal has these names: the
     * folder may be one in which a user keeps models.
     */
    static CheckpointFiles in(Path journal) {
        return new CheckpointFiles(
                journal.resolve("training-best.safetensors"), journal.resolve("training-last.safetensors"), true);
    }

    /** Copies the last weights to a place, completely or not at all; if that fails, they are still in the journal. */
    void copyLast(Path place, Console console) {
        try {
            AtomicFile.write(place, out -> Files.copy(last, out));
        } catch (IOException e) {
            console.warn("%s cannot be written (%s); the last weights are in %s."
                    .formatted(place, StorageException.reason(e), last));
        }
    }

    /** Writes the weights of an epoch; a full disk is a warning and does not end the training. */
    void keep(Checkpoint checkpoint, Console console) {
        try {
            if (checkpoint.best()) {
                save(checkpoint.model(), best);
                bestEpoch = Optional.of(checkpoint.epoch());
            }
            save(checkpoint.model(), last);
        } catch (StorageException e) {
            console.warn("%s The training continues without this checkpoint.".formatted(e.getMessage()));
        }
    }

    /** Deletes both files, once their content is elsewhere. */
    void delete() {
        try {
            Files.deleteIfExists(best);
            Files.deleteIfExists(last);
        } catch (IOException e) {
            throw StorageException.of("%s cannot be deleted".formatted(best), best, e);
        }
    }

    /** Says what there is if the training ends now. */
    String outcome() {
        return bestEpoch
                .map(epoch -> "the best weights so far, of epoch %d, are in %s, the last ones in %s."
                        .formatted(epoch, best, last))
                .or(() -> Optional.of(best)
                        .filter(file -> continued && Files.exists(file))
                        .map(file -> "the best weights so far are in %s, the last ones in %s.".formatted(file, last)))
                .orElseGet(() -> "the last weights are in %s; no epoch has been kept as the best yet.".formatted(last));
    }

    /** Writes weights, completely or not at all. */
    static Path save(NetworkClassifier model, Path file) {
        try {
            model.save(file);
            return file;
        } catch (IOException e) {
            throw StorageException.of("%s cannot be written".formatted(file), file, e);
        }
    }
}

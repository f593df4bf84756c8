package dev.gauntlet.cli;

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
    private Optional<Integer> bestEpoch = Optional.empty();

    /**
     * Names the files.
     *
     * @param best the file for the best weights, whose name ends with {@code .safetensors}
     */
    CheckpointFiles(Path best) {
        this.best = best;
        String name = String.valueOf(best.getFileName()).replaceFirst("\\.safetensors$", "-last.safetensors");
        this.last = best.resolveSibling(name);
    }

    Path last() {
        return last;
    }

    /** Writes the weights of an epoch. */
    void keep(Checkpoint checkpoint) {
        if (checkpoint.best()) {
            save(checkpoint.model(), best);
            bestEpoch = Optional.of(checkpoint.epoch());
        }
        save(checkpoint.model(), last);
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
                .orElseGet(() -> "the last weights are in %s; those of no epoch are worth keeping.".formatted(last));
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

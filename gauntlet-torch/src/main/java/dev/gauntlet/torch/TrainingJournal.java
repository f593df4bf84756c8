package dev.gauntlet.torch;

import dev.gauntlet.AtomicFile;
import dev.gauntlet.GauntletException;
import dev.gauntlet.Sha256;
import dev.gauntlet.StorageException;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import tools.jackson.core.JacksonException;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.json.JsonMapper;

/**
 * The state of a training in a folder, so that it continues after the last finished epoch.
 *
 * <p>There is one file, which is replaced after each epoch, completely or not at all. It says which training it is of, and has
 * a checksum of its content.
 */
final class TrainingJournal {
    private static final ObjectMapper JSON = JsonMapper.shared();

    private static final String FILE = "training.safetensors";
    private static final String IDENTITY = "gauntlet.journal.training";
    private static final String PROGRESS = "gauntlet.journal.progress";
    private static final String CHECKSUM = "gauntlet.journal.sha256";

    private final Path file;
    private final Map<String, String> identity;
    private final Optional<TrainingState> found;

    private TrainingJournal(Path file, Map<String, String> identity, Optional<TrainingState> found) {
        this.file = file;
        this.identity = identity;
        this.found = found;
    }

    /**
     * Opens the journal in a folder, or begins a new one.
     *
     * @param folder the folder, which is made if it is not there
     * @param identity everything that the result depends on, in words
     * @throws GauntletException if the journal there is damaged or of another training, or the folder cannot be used
     */
    static TrainingJournal open(Path folder, Map<String, String> identity) {
        Path file = folder.resolve(FILE);
        try {
            Files.createDirectories(folder);
            deleteUnfinished(folder);
            return new TrainingJournal(
                    file,
                    identity,
                    Files.exists(file)
                            ? Optional.of(read(file, Files.readAllBytes(file), identity))
                            : Optional.empty());
        } catch (IOException e) {
            throw StorageException.of("The journal %s cannot be used".formatted(folder), folder, e);
        }
    }

    /** Deletes the files that a process was writing in the journal when it was killed. */
    private static void deleteUnfinished(Path folder) throws IOException {
        try (DirectoryStream<Path> unfinished =
                Files.newDirectoryStream(folder, ".training{,-best,-last}.safetensors-*.tmp")) {
            for (Path file : unfinished) {
                Files.deleteIfExists(file);
            }
        }
    }

    /** Returns what an earlier run left. */
    Optional<TrainingState> found() {
        return found;
    }

    /**
     * Replaces what is there.
     *
     * @throws GauntletException if it cannot be written; what was there before is kept
     */
    void write(TrainingState state) {
        Map<String, String> metadata = new LinkedHashMap<>();
        metadata.put(IDENTITY, JSON.writeValueAsString(identity));
        metadata.put(PROGRESS, JSON.writeValueAsString(state.progress()));
        metadata.put(CHECKSUM, checksum(state.tensors(), metadata));
        try {
            byte[] content = Safetensors.write(state.tensors(), metadata);
            AtomicFile.write(file, out -> out.write(content));
        } catch (IOException e) {
            throw StorageException.of(
                    "The journal's file %s cannot be written (what was finished before is kept)".formatted(file),
                    file,
                    e);
        }
    }

    private static TrainingState read(Path file, byte[] content, Map<String, String> identity) {
        Content read = content(file, content);
        requireSame(file, read.identity(), identity);
        return read.state();
    }

    /** What a file says. */
    private record Content(Map<String, String> identity, TrainingState state) {}

    private static Content content(Path file, byte[] content) {
        try {
            Safetensors read = Safetensors.read(file.toString(), content);
            Map<String, String> metadata = new LinkedHashMap<>(read.metadata());
            String checksum = metadata.remove(CHECKSUM);
            if (checksum(read.tensors(), metadata).equals(checksum)) {
                return new Content(
                        JSON.readValue(metadata.get(IDENTITY), new TypeReference<Map<String, String>>() {}),
                        new TrainingState(
                                JSON.readValue(metadata.get(PROGRESS), TrainingState.Progress.class), read.tensors()));
            }
        } catch (JacksonException | GauntletException e) {
            throw new GauntletException(damaged(file), e);
        }
        throw new GauntletException(damaged(file));
    }

    private static String checksum(Map<String, WeightTensor> tensors, Map<String, String> metadata) {
        return Sha256.of(Safetensors.write(tensors, metadata));
    }

    private static String damaged(Path file) {
        return "The journal's file %s is damaged; delete it, and the training begins again.".formatted(file);
    }

    private static void requireSame(Path file, Map<String, String> there, Map<String, String> here) {
        Set<String> keys = new LinkedHashSet<>(here.keySet());
        keys.addAll(there.keySet());
        List<String> differences = new ArrayList<>();
        for (String key : keys) {
            String before = there.getOrDefault(key, "unknown");
            String now = here.getOrDefault(key, "unknown");
            if (!before.equals(now)) {
                differences.add("%s was %s and is %s".formatted(key, before, now));
            }
        }
        if (!differences.isEmpty()) {
            throw new GauntletException(
                    "The journal %s is of another training: %s. Name another folder or delete this file."
                            .formatted(file, String.join("; ", differences)));
        }
    }
}

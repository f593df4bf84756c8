package dev.gauntlet.spark;

import dev.gauntlet.GauntletException;
import dev.gauntlet.evaluate.shard.ExampleRows;
import dev.gauntlet.evaluate.shard.ShardOpening;
import dev.gauntlet.format.OpenedRequest;
import dev.gauntlet.model.Classifier;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.stream.Stream;

/**
 * The models that are open in an executor: one for each evaluation, opened by its first task, shared by all of them, and closed
 * when a task of another evaluation comes or the process ends.
 */
final class OpenModels {
    private static final System.Logger LOG = System.getLogger(OpenModels.class.getName());

    private static final Map<String, OpenModel> OPEN = new HashMap<>();

    static {
        Runtime.getRuntime().addShutdownHook(new Thread(OpenModels::closeAll, "gauntlet-models"));
    }

    private OpenModels() {}

    /** A model, with the evaluation that it is open for. */
    static final class OpenModel {
        private final ShardOpening opening;
        private final OpenedRequest opened;
        private final Path folder;
        private int users;

        private OpenModel(ShardOpening opening, OpenedRequest opened, Path folder) {
            this.opening = opening;
            this.opened = opened;
            this.folder = folder;
        }

        ShardOpening opening() {
            return opening;
        }

        Classifier model() {
            return opened.model();
        }

        private void close() {
            opened.close();
            delete(folder);
        }
    }

    /**
     * Returns the model of an evaluation, opened if it is not yet; {@link #giveBack} ends its use.
     *
     * @throws GauntletException if it cannot be opened here
     */
    static synchronized OpenModel take(Shipment shipment) {
        OpenModel model = OPEN.get(shipment.evaluation());
        if (model == null) {
            closeUnused();
            model = open(shipment);
            OPEN.put(shipment.evaluation(), model);
        }
        model.users++;
        return model;
    }

    static synchronized void giveBack(OpenModel model) {
        model.users--;
    }

    private static OpenModel open(Shipment shipment) {
        NativeLibraries.prepare();
        try {
            Path folder = Files.createTempDirectory("gauntlet-model-");
            try {
                ShardOpening opening = shipment.unpack(folder);
                ExampleRows sample = ExampleRows.of(shipment.sample());
                return new OpenModel(opening, OpenedRequest.on(opening.request(), sample, System.getenv()), folder);
            } catch (RuntimeException | IOException e) {
                delete(folder);
                throw e;
            }
        } catch (IOException e) {
            throw new GauntletException(
                    "The model cannot be unpacked in %s: %s; set java.io.tmpdir of the executors to a folder with enough space."
                            .formatted(System.getProperty("java.io.tmpdir"), e.getMessage()),
                    e);
        }
    }

    private static void closeUnused() {
        Iterator<OpenModel> models = OPEN.values().iterator();
        while (models.hasNext()) {
            OpenModel model = models.next();
            if (model.users == 0) {
                models.remove();
                model.close();
            }
        }
    }

    /** Closes the models of which no task is left, as when the executor ends. */
    static synchronized void closeAll() {
        closeUnused();
    }

    /**
     * Deletes a folder for temporary files. What cannot be deleted, such as a file that Windows keeps while it is mapped, is no
     * reason to fail an evaluation.
     */
    private static void delete(Path folder) {
        try (Stream<Path> all = Files.walk(folder)) {
            all.sorted(Comparator.reverseOrder())
                    .map(Path::toFile)
                    .filter(file -> !file.delete() && file.exists())
                    .forEach(OpenModels::sayKept);
        } catch (IOException | UncheckedIOException e) {
            sayKept(folder.toFile());
        }
    }

    private static void sayKept(File file) {
        LOG.log(System.Logger.Level.WARNING, "{0}, of a model that is closed, cannot be deleted.", file);
    }
}

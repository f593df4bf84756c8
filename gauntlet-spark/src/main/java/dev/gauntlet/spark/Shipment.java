package dev.gauntlet.spark;

import dev.gauntlet.FilePath;
import dev.gauntlet.GauntletException;
import dev.gauntlet.data.Dataset;
import dev.gauntlet.evaluate.shard.ExampleRows;
import dev.gauntlet.evaluate.shard.ShardOpening;
import dev.gauntlet.format.ModelFormats;
import dev.gauntlet.format.ModelUse;
import dev.gauntlet.request.ModelRef;
import java.io.IOException;
import java.io.Serializable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What every executor gets once for an evaluation: the request, the files of the model, and the images on which it is tried.
 *
 * @param evaluation the identity of the evaluation
 * @param opening the {@link ShardOpening}
 * @param sample the {@link ExampleRows} on which the model is tried when it is opened
 * @param files the content of the files of the model by their names, relative to the folder of the first one, which is the one
 *     that the request names; empty if each executor reads them itself
 */
record Shipment(String evaluation, byte[] opening, byte[] sample, Map<String, byte[]> files) implements Serializable {
    /** Larger models are read by each executor from the place that the request names. */
    static final long LARGEST_MODEL = 1L << 30;

    /**
     * Packs what an evaluation needs.
     *
     * @param opening the evaluation
     * @param data its examples
     * @throws GauntletException if only this process has the model, or its files cannot be read
     */
    static Shipment of(ShardOpening opening, Dataset data) {
        return new Shipment(
                opening.evaluation(),
                opening.bytes(),
                ExampleRows.of(data, ModelUse.sample(data.size())).bytes(),
                files(opening.request().model()));
    }

    private static Map<String, byte[]> files(ModelRef model) {
        if (model instanceof ModelRef.InProcess made) {
            throw new GauntletException(
                    "The model %s was made by a Java program and cannot be sent to other machines; save it, and evaluate the file."
                            .formatted(made.name()));
        }
        if (model instanceof ModelRef.Trained) {
            throw new GauntletException(
                    "The request trains its own network, which cannot be sent to other machines; train it first, and evaluate the file of its weights.");
        }
        List<Path> paths = ModelFormats.of(model).files(model);
        try {
            long size = 0;
            for (Path path : paths) {
                size += Files.size(path);
            }
            Map<String, byte[]> files = new LinkedHashMap<>();
            if (size <= LARGEST_MODEL) {
                for (Path path : paths) {
                    files.put(name(paths.get(0), path), Files.readAllBytes(path));
                }
            }
            return files;
        } catch (IOException e) {
            throw new GauntletException("The model %s cannot be read: %s.".formatted(paths.get(0), e.getMessage()), e);
        }
    }

    private static String name(Path model, Path file) {
        Path folder = model.toAbsolutePath().normalize().getParent();
        Path whole = file.toAbsolutePath().normalize();
        Path name = folder == null ? whole : folder.relativize(whole);
        return name.toString().replace('\\', '/');
    }

    /**
     * Writes the files of the model and returns the opening of the evaluation with their place.
     *
     * @param folder an empty folder
     * @throws IOException if they cannot be written
     */
    ShardOpening unpack(Path folder) throws IOException {
        ShardOpening received = ShardOpening.of(opening);
        if (files.isEmpty() || !(received.request().model() instanceof ModelRef.File model)) {
            return received;
        }
        for (Map.Entry<String, byte[]> file : files.entrySet()) {
            Path place = folder.resolve(FilePath.of(file.getKey())).normalize();
            if (!place.startsWith(folder)) {
                throw new IOException("'%s' is outside of the folder of the model".formatted(file.getKey()));
            }
            Files.createDirectories(place.getParent());
            Files.write(place, file.getValue());
        }
        String first = folder.resolve(files.keySet().iterator().next()).toString();
        return new ShardOpening(
                received.evaluation(),
                received.request().withModel(new ModelRef.File(first, model.network(), model.input(), model.sha256())),
                received.outputs());
    }
}

package dev.gauntlet.cli;

import dev.gauntlet.FilePath;
import dev.gauntlet.GauntletException;
import dev.gauntlet.Setting;
import dev.gauntlet.data.ClassNumbers;
import dev.gauntlet.data.DataOrigin;
import dev.gauntlet.data.Dataset;
import dev.gauntlet.data.DatasetLoader;
import dev.gauntlet.data.ImageShape;
import dev.gauntlet.data.NamedDataset;
import dev.gauntlet.data.TrainTest;
import dev.gauntlet.format.DataFormats;
import dev.gauntlet.model.Classifier;
import dev.gauntlet.request.DataRef;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Supplier;

/**
 * Opens the examples of a request.
 *
 * @param offline whether nothing may be downloaded
 * @param console shows the progress
 */
record DataOpening(boolean offline, Console console) {
    /**
     * Reads the examples that are attacked.
     *
     * @param model the shape of the images that the model takes, if that is known without opening it
     */
    Dataset test(DataRef data, Supplier<Optional<ImageShape>> model) {
        if (data instanceof DataRef.Files files) {
            try (ProgressView.Task task = console.task("reading the data")) {
                return DataFormats.open(files, model);
            }
        }
        return load(named(data), DatasetLoader::loadTest, DatasetLoader::loadTestOrDigits);
    }

    /** Reads the examples that a network is trained on, and those that are attacked. */
    TrainTest trainTest(DataRef data) {
        return load(named(data), DatasetLoader::load, DatasetLoader::loadOrDigits);
    }

    private static DataRef.Named named(DataRef data) {
        if (data instanceof DataRef.Named named) {
            return named;
        }
        if (data instanceof DataRef.InProcess made) {
            throw new GauntletException(
                    "The data %s was made by a Java program, and only that program has it again; name other data."
                            .formatted(made.name()),
                    Setting.DATA,
                    Setting.DATASET);
        }
        throw new GauntletException(
                "A network is trained on a data set with a name, not on your own files; name the data set.",
                Setting.DATASET);
    }

    private <T> T load(
            DataRef.Named named,
            BiFunction<DatasetLoader, NamedDataset, T> asked,
            BiFunction<DatasetLoader, NamedDataset, T> preferred) {
        try (ProgressView.Task task = console.task("reading the data");
                DownloadProgress progress = new DownloadProgress(console)) {
            DatasetLoader loader = DatasetLoader.of(console.environment()).withProgress(progress);
            if (named.folder().isPresent()) {
                loader = loader.withFolder(FilePath.of(named.folder().get()));
            }
            if (offline) {
                loader = loader.withoutDownloads();
            }
            return named.dataset().isEmpty()
                    ? preferred.apply(loader, NamedDataset.MNIST)
                    : asked.apply(loader, named.dataset().get());
        }
    }

    /** Says which examples were found, and loudly what a reader must know before believing any number. */
    static void say(Console console, TrainTest data) {
        DataOrigin origin = data.test().origin();
        sayNotice(console, origin.notice());
        console.say(
                "Data      %s: %,d training and %,d test images, %s",
                origin.name(), data.train().size(), data.test().size(), origin.location());
    }

    /** Says on the console, loudly, what a reader must know before believing any number. */
    static void sayNotice(Console console, Optional<String> notice) {
        notice.ifPresent(console::warn);
    }

    /**
     * Gives data the classes of a model.
     *
     * @throws GauntletException if the data has more, or does not say which of them are its own
     */
    static Dataset fitted(Dataset data, Classifier model) {
        return fitted(data, model, model.logits(data.batch(0)).classes());
    }

    /** Does so where the number of the outputs is known. */
    static Dataset fitted(Dataset data, Classifier model, int outputs) {
        if (data.numbersAssumed() && data.classes().size() < outputs) {
            throw new GauntletException(
                    "The data has %d classes, but the model has %d: the names %s do not tell which outputs belong to them; name all classes in the order of the outputs with --classes, or each as NAME=NUMBER."
                            .formatted(data.classes().size(), outputs, ClassNumbers.list(data.classes())));
        }
        return data.forOutputs(model.card().name(), outputs);
    }
}

package dev.gauntlet.cli;

import dev.gauntlet.data.Dataset;
import dev.gauntlet.data.DatasetLoader;
import dev.gauntlet.data.NamedDataset;
import dev.gauntlet.data.TrainTest;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which examples a command works on. */
final class DataOptions {
    @Option(
            names = "--dataset",
            paramLabel = "NAME",
            description = {
                "mnist, fashion-mnist or digits (built in).",
                "Default: mnist; where it cannot be had, digits, and that is said."
            })
    private @Nullable String dataset;

    @Option(
            names = "--data-dir",
            paramLabel = "DIR",
            description = {
                "The folder with the data files, or with a folder of the data set's name.",
                "Default: the environment variable GAUNTLET_DATA, then the user's cache, then a download."
            })
    private @Nullable Path folder;

    @Option(names = "--offline", description = "Do not download anything.")
    private boolean offline;

    TrainTest trainTest(Console console) {
        return load(console, DatasetLoader::load, DatasetLoader::loadOrDigits);
    }

    Dataset test(Console console) {
        return load(console, DatasetLoader::loadTest, DatasetLoader::loadTestOrDigits);
    }

    private <T> T load(Console console, Load<T> asked, Load<T> preferred) {
        try (DownloadProgress progress = new DownloadProgress(console)) {
            DatasetLoader loader = DatasetLoader.standard().withProgress(progress);
            if (folder != null) {
                loader = loader.withFolder(folder);
            }
            if (offline) {
                loader = loader.withoutDownloads();
            }
            return dataset == null
                    ? preferred.from(loader, NamedDataset.MNIST)
                    : asked.from(loader, NamedDataset.parse(dataset));
        }
    }

    /** Says on the console, loudly, what a reader must know before believing any number. */
    static void sayNotice(Console console, Optional<String> notice) {
        notice.ifPresent(console::warn);
    }

    @FunctionalInterface
    private interface Load<T> {
        T from(DatasetLoader loader, NamedDataset dataset);
    }
}

package dev.gauntlet.cli;

import dev.gauntlet.GauntletException;
import dev.gauntlet.data.DataOrigin;
import dev.gauntlet.data.Dataset;
import dev.gauntlet.data.DatasetLoader;
import dev.gauntlet.data.NamedDataset;
import dev.gauntlet.data.TrainTest;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which examples a command works on. */
@Heading(Heading.Topic.DATA)
final class DatasetOptions {
    @Option(
            names = "--dataset",
            paramLabel = "NAME",
            description = {
                "mnist, fashion-mnist, or digits, which Gauntlet draws itself.",
                "Default: mnist or, where that is not available, digits; a warning then says so."
            })
    private @Nullable String dataset;

    @Option(
            names = "--data-dir",
            paramLabel = "DIR",
            description = {
                "Where the files of mnist and fashion-mnist are, or a folder of that name with them.",
                "Default: the environment variable GAUNTLET_DATA, then the cache, then a download into it."
            })
    private @Nullable Path folder;

    @Option(names = "--offline", description = "Do not download anything.")
    private boolean offline;

    /**
     * Finds the data set of a name.
     *
     * @throws GauntletException if there is none, with how to give the user's own examples
     */
    static NamedDataset requireKnown(String name) {
        try {
            return NamedDataset.parse(name);
        } catch (GauntletException e) {
            throw new GauntletException(
                    e.getMessage()
                            + " Other examples, such as the files of CIFAR-10 or a folder of images, are named with --data.",
                    e);
        }
    }

    /** Tells whether the user asked for a data set by its name. */
    boolean isNamed() {
        return dataset != null;
    }

    TrainTest trainTest(Console console) {
        return load(console, DatasetLoader::load, DatasetLoader::loadOrDigits);
    }

    Dataset test(Console console) {
        return load(console, DatasetLoader::loadTest, DatasetLoader::loadTestOrDigits);
    }

    private <T> T load(Console console, Load<T> asked, Load<T> preferred) {
        try (ProgressView.Task task = console.task("reading the data");
                DownloadProgress progress = new DownloadProgress(console)) {
            DatasetLoader loader = DatasetLoader.of(console.environment()).withProgress(progress);
            if (folder != null) {
                loader = loader.withFolder(folder);
            }
            if (offline) {
                loader = loader.withoutDownloads();
            }
            return dataset == null
                    ? preferred.from(loader, NamedDataset.MNIST)
                    : asked.from(loader, requireKnown(dataset));
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

    @FunctionalInterface
    private interface Load<T> {
        T from(DatasetLoader loader, NamedDataset dataset);
    }
}

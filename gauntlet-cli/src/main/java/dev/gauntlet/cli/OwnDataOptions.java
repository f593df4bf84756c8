package dev.gauntlet.cli;

import dev.gauntlet.GauntletException;
import dev.gauntlet.data.DataFiles;
import dev.gauntlet.data.DataFormat;
import dev.gauntlet.data.Dataset;
import dev.gauntlet.data.Layout;
import dev.gauntlet.images.ImageFolder;
import dev.gauntlet.images.Preparation;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The examples of the user, or else those of a data set with a name. */
final class OwnDataOptions {
    @Option(
            names = "--data",
            paramLabel = "PATH",
            description = {
                "Your own examples: .npz, .npy with --labels, .csv, a .bin file or the folder of CIFAR-10 or CIFAR-100,",
                "or a folder with one folder of pictures per class.",
                "Default: the data set that --dataset names."
            })
    private @Nullable Path path;

    @Option(
            names = "--labels",
            paramLabel = "FILE",
            description = {
                "The .npy file with the labels of the images of --data.",
                "Default: they are in the same file."
            })
    private @Nullable Path labels;

    @Option(
            names = "--classes",
            paramLabel = "NAME,...",
            split = ",",
            description = {
                "The names of the classes of --data, in the order of their numbers.",
                "Default: those of the file, or the numbers."
            })
    private List<String> classes = List.of();

    @Option(
            names = "--data-layout",
            paramLabel = "ORDER",
            description = {"The order of the pixels in .npz and .npy: nchw or nhwc.", "Default: what the sides suggest."
            })
    private @Nullable Layout layout;

    @Option(
            names = "--resize",
            paramLabel = "SIDE",
            description = {"Resize pictures so that their shorter side is SIDE.", "Default: they keep their size."})
    private @Nullable Integer resize;

    @Option(
            names = "--crop",
            paramLabel = "SIDE",
            description = {"Keep a square of SIDE pixels of the middle of each picture.", "Default: all is kept."})
    private @Nullable Integer crop;

    @Option(
            names = "--channels",
            paramLabel = "N",
            description = {"Take pictures in colour (3) or grey (1).", "Default: 3."})
    private @Nullable Integer channels;

    @Mixin
    private DataOptions named;

    /** Tells whether the user named any data. */
    boolean isGiven() {
        return path != null || named.isNamed();
    }

    Dataset test(Console console) {
        if (path == null) {
            requireUnused("--data is missing, without which %s has no meaning.");
            return named.test(console);
        }
        if (named.isNamed()) {
            throw new GauntletException("--data and --dataset exclude each other; leave one out.");
        }
        if (Files.isDirectory(path) && !DataFiles.knows(path)) {
            if (!ImageFolder.knows(path)) {
                throw new GauntletException(
                        "%s holds neither one folder of pictures per class nor test_batch.bin or test.bin of CIFAR."
                                .formatted(path));
            }
            if (labels != null || layout != null || !classes.isEmpty()) {
                throw new GauntletException(
                        "A folder of pictures says itself what --labels, --classes and --data-layout would; leave them out.");
            }
            return ImageFolder.open(path, new Preparation(channels == null ? 3 : channels, side(resize), side(crop)));
        }
        if (resize != null || crop != null || channels != null) {
            throw new GauntletException(
                    "--resize, --crop and --channels are for folders of pictures; %s is none.".formatted(path));
        }
        return DataFiles.open(path, new DataFormat(Optional.ofNullable(labels), classes, Optional.ofNullable(layout)));
    }

    private void requireUnused(String message) {
        String used = labels != null
                ? "--labels"
                : !classes.isEmpty()
                        ? "--classes"
                        : layout != null
                                ? "--data-layout"
                                : resize != null
                                        ? "--resize"
                                        : crop != null ? "--crop" : channels != null ? "--channels" : "";
        if (!used.isEmpty()) {
            throw new GauntletException(message.formatted(used));
        }
    }

    private static OptionalInt side(@Nullable Integer side) {
        return side == null ? OptionalInt.empty() : OptionalInt.of(side);
    }
}

package dev.gauntlet.cli;

import dev.gauntlet.GauntletException;
import dev.gauntlet.data.ClassNumbers;
import dev.gauntlet.data.Dataset;
import dev.gauntlet.data.ImageShape;
import dev.gauntlet.data.Layout;
import dev.gauntlet.format.DataFormats;
import dev.gauntlet.model.Classifier;
import dev.gauntlet.request.DataRef;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The examples of the user, or else those of a data set with a name. */
@Heading(Heading.Topic.DATA)
final class OwnDataOptions {
    @Option(
            names = "--data",
            paramLabel = "PATH",
            description = {
                "Your own examples: .npz, .npy with --labels, .csv, a .bin file or the folder of CIFAR-10 or CIFAR-100,",
                "or a folder with one folder of images per class.",
                "Default: the data set that --dataset names."
            })
    private @Nullable Path path;

    @Option(
            names = "--labels",
            paramLabel = "FILE",
            description = {
                "The .npy file with the labels of the images of --data (.npy, or .npz without labels).",
                "Default: they are in the same file."
            })
    private @Nullable Path labels;

    @Option(
            names = "--classes",
            paramLabel = "NAME,...",
            split = ",",
            hideParamSyntax = true,
            description = {
                "The names of the classes of --data, in the order of the model's outputs, or each as NAME=NUMBER.",
                "Class folders and text labels get their numbers from it.",
                "Default: the numbers; of folders and text labels the alphabetical order, unless the names are numbers."
            })
    private List<String> classes = List.of();

    @Option(
            names = "--label-column",
            paramLabel = "COLUMN",
            description = {
                "The column of a .csv file that holds the labels: its name, its number from 1 on, or 'last'.",
                "Default: label, class, target or y, or the only one with text; the first one without a header."
            })
    private @Nullable String labelColumn;

    @Option(
            names = "--strict",
            description =
                    "Refuse a folder of images that holds files which would be left out, such as unknown formats.")
    private boolean strict;

    @Option(
            names = "--data-layout",
            paramLabel = "ORDER",
            description = {"The order of the pixels in .npz and .npy: nchw or nhwc.", "Default: what the sides suggest."
            })
    private @Nullable Layout layout;

    @Option(
            names = "--image-shape",
            paramLabel = "CxHxW",
            description = {
                "Take the rows of numbers of --data for images of this shape: channels, rows and columns, such as 1x28x28.",
                "Default: the shape that an ONNX model takes; a row of numbers for other models."
            })
    private @Nullable ImageShape shape;

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
            description = {
                "Read images in colour (3) or in grey (1).",
                "Default: what an ONNX model takes; 3 for other models."
            })
    private @Nullable Integer channels;

    @Mixin
    private DatasetOptions named;

    /** Tells whether the user named any data. */
    boolean isGiven() {
        return path != null || named.isNamed();
    }

    /**
     * Reads the data.
     *
     * @param model returns the shape of the images that the model takes, if that is known without opening it
     */
    Dataset test(Console console, Supplier<Optional<ImageShape>> model) {
        try (ProgressView.Task task = console.task("reading the data")) {
            return read(console, model);
        }
    }

    private Dataset read(Console console, Supplier<Optional<ImageShape>> model) {
        if (path == null) {
            requireUnused("%s requires --data.");
            return named.test(console);
        }
        if (named.isNamed()) {
            throw new GauntletException("--data and --dataset exclude each other; leave one out.");
        }
        return DataFormats.open(
                new DataRef.Files(
                        path.toString(),
                        Optional.ofNullable(labels).map(Path::toString),
                        classes,
                        Optional.ofNullable(labelColumn),
                        Optional.ofNullable(layout),
                        Optional.ofNullable(shape),
                        new DataRef.ImageFiles(number(resize), number(crop), number(channels), strict),
                        Map.of()),
                model);
    }

    /**
     * Gives data the classes of a model.
     *
     * @throws GauntletException if the data has more, or does not say which of them are its own
     */
    Dataset fitted(Dataset data, Classifier model) {
        return fitted(data, model, model.logits(data.batch(0)).classes());
    }

    /** Does so where the number of the outputs is known. */
    Dataset fitted(Dataset data, Classifier model, int outputs) {
        if (data.numbersAssumed() && data.classes().size() < outputs) {
            throw new GauntletException(
                    "%d classes in the data against %d of the model: the names %s do not say which outputs are theirs; name all classes in the order of the outputs with --classes, or each as NAME=NUMBER."
                            .formatted(data.classes().size(), outputs, ClassNumbers.list(data.classes())));
        }
        return data.forOutputs(model.card().name(), outputs);
    }

    private void requireUnused(String message) {
        Map<String, Boolean> given = new LinkedHashMap<>();
        given.put("--labels", labels != null);
        given.put("--image-shape", shape != null);
        given.put("--label-column", labelColumn != null);
        given.put("--strict", strict);
        given.put("--classes", !classes.isEmpty());
        given.put("--data-layout", layout != null);
        given.put("--resize", resize != null);
        given.put("--crop", crop != null);
        given.put("--channels", channels != null);
        given.forEach((option, isGiven) -> {
            if (isGiven) {
                throw new GauntletException(message.formatted(option));
            }
        });
    }

    private static OptionalInt number(@Nullable Integer number) {
        return number == null ? OptionalInt.empty() : OptionalInt.of(number);
    }
}

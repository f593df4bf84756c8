package dev.gauntlet.cli;

import dev.gauntlet.data.ImageShape;
import dev.gauntlet.data.Layout;
import dev.gauntlet.report.plan.PlanDocument;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
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
    private @Nullable List<String> classes;

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

    /** Adds what the user says to a plan. */
    PlanDocument in(PlanDocument plan) {
        return named.in(plan)
                .and(DatasetOptions.plan(new PlanDocument.Data(
                        Optional.empty(),
                        Optional.empty(),
                        Optional.ofNullable(path).map(Path::toString),
                        Optional.ofNullable(labels).map(Path::toString),
                        Optional.ofNullable(classes),
                        Optional.ofNullable(labelColumn),
                        strict ? Optional.of(true) : Optional.empty(),
                        Optional.ofNullable(layout),
                        Optional.ofNullable(shape),
                        number(resize),
                        number(crop),
                        number(channels),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty())));
    }

    /** Opens the examples. */
    DataOpening opening(Console console) {
        return named.opening(console);
    }

    private static OptionalInt number(@Nullable Integer number) {
        return number == null ? OptionalInt.empty() : OptionalInt.of(number);
    }
}

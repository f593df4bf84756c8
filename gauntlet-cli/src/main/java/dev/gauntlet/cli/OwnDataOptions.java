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
                "or a directory with one subdirectory of images per class.",
                "Default: the data set that --dataset names."
            })
    private @Nullable Path path;

    @Option(
            names = "--labels",
            paramLabel = "FILE",
            description = {
                "The .npy file with the labels of the images of --data (.npy, or .npz without labels).",
                "Default: the labels are in the same file."
            })
    private @Nullable Path labels;

    @Option(
            names = "--classes",
            paramLabel = "NAME,...",
            split = ",",
            hideParamSyntax = true,
            description = {
                "The names of the classes of --data, in the order of the model's outputs, or each as NAME=NUMBER.",
                "They number the class directories and text labels.",
                "Default: the numbers; for directories and text labels the alphabetical order, unless the names are numbers."
            })
    private @Nullable List<String> classes;

    @Option(
            names = "--label-column",
            paramLabel = "COLUMN",
            description = {
                "The column of a .csv file with the labels: its name, its number from 1, or 'last'.",
                "Default: label, class, target or y, or the only column of text; without a header, the first column."
            })
    private @Nullable String labelColumn;

    @Option(
            names = "--strict",
            description = "Refuse an image directory with files that would be skipped, such as unknown formats.")
    private boolean strict;

    @Option(
            names = "--data-layout",
            completionCandidates = Candidates.Layouts.class,
            paramLabel = "ORDER",
            description = {"The order of the pixels in .npz and .npy: nchw or nhwc.", "Default: what the sides suggest."
            })
    private @Nullable Layout layout;

    @Option(
            names = "--image-shape",
            paramLabel = "CxHxW",
            description = {
                "Interpret the rows of numbers of --data as images of this shape: channels, rows and columns, such as 1x28x28.",
                "Default: the input shape of an ONNX model; a row of numbers for other models."
            })
    private @Nullable ImageShape shape;

    @Option(
            names = "--resize",
            paramLabel = "SIDE",
            description = {"Resize images so that the shorter side has SIDE pixels.", "Default: no resizing."})
    private @Nullable Integer resize;

    @Option(
            names = "--crop",
            paramLabel = "SIDE",
            description = {"Crop the central square of SIDE pixels.", "Default: no cropping."})
    private @Nullable Integer crop;

    @Option(
            names = "--channels",
            paramLabel = "N",
            description = {
                "Read images in color (3) or in grayscale (1).",
                "Default: the channels of an ONNX model's input; 3 for other models."
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
                .and(new PlanDocument.Data(
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
                        Optional.empty()));
    }

    /** Opens the examples. */
    DataOpening opening(Console console) {
        return named.opening(console);
    }

    private static OptionalInt number(@Nullable Integer number) {
        return number == null ? OptionalInt.empty() : OptionalInt.of(number);
    }
}

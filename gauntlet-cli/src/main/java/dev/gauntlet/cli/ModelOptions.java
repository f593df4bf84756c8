package dev.gauntlet.cli;

import dev.gauntlet.GauntletException;
import dev.gauntlet.data.Batch;
import dev.gauntlet.data.Dataset;
import dev.gauntlet.data.ImageShape;
import dev.gauntlet.data.Layout;
import dev.gauntlet.http.HttpClassifier;
import dev.gauntlet.model.Classifier;
import dev.gauntlet.model.DifferentiableClassifier;
import dev.gauntlet.model.InputSpec;
import dev.gauntlet.onnx.OnnxDescription;
import dev.gauntlet.onnx.OnnxModels;
import dev.gauntlet.torch.FileKind;
import dev.gauntlet.torch.Models;
import dev.gauntlet.torch.Network;
import dev.gauntlet.torch.NetworkClassifier;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Which model a command works on, and what the model wants to be given. */
@Heading(Heading.Topic.MODEL)
final class ModelOptions {
    /** How many images of the data a foreign model is tried on when it is loaded. */
    private static final int SAMPLE = 16;

    @Parameters(
            paramLabel = "MODEL",
            description = {
                "Weights that 'gauntlet train' wrote (.safetensors),",
                "externally trained weights in PyTorch's layout (.safetensors, .npz or a state dictionary, with --network),",
                "an ONNX model, TorchScript (that is a program: use only one you trust),",
                "or the http:// or https:// address of a model (with --black-box).",
                "What a file is, its content tells, not its ending."
            })
    private String model;

    @Option(
            names = "--network",
            paramLabel = "NET",
            description = {
                "The network that weights from elsewhere belong to, such as mlp:784-1000-10 ('gauntlet train --help' lists what there is),",
                "or a file in TOML: input = [3, 32, 32] and layers = [\"conv 32 k3\", \"relu\", ...].",
                "Default: what the file says."
            })
    private @Nullable String network;

    @Option(
            names = "--input-max",
            paramLabel = "MAX",
            description = {
                "What a white pixel is for the model: 1, or 255 if it wants bytes.",
                "Default: 1; 255 for an ONNX model that takes integers."
            })
    private @Nullable Double largest;

    @Option(
            names = "--mean",
            paramLabel = "M,...",
            split = ",",
            hideParamSyntax = true,
            description = {
                "What is subtracted from the pixels then, for each channel, such as 0.485,0.456,0.406.",
                "Default: nothing."
            })
    private List<Double> mean = List.of();

    @Option(
            names = "--std",
            paramLabel = "S,...",
            split = ",",
            hideParamSyntax = true,
            description = {
                "By what the pixels are divided then, for each channel, such as 0.229,0.224,0.225.",
                "Default: nothing."
            })
    private List<Double> deviation = List.of();

    @Option(
            names = "--layout",
            paramLabel = "ORDER",
            description = {
                "The order of the model's input: nchw (PyTorch) or nhwc (TensorFlow).",
                "Default: what the file suggests."
            })
    private @Nullable Layout layout;

    @Option(
            names = "--logits",
            paramLabel = "NAME",
            description = {
                "The output of an ONNX or TorchScript model that holds the logits: its name, its key, or its place from 0.",
                "Default: one that is called so, else the first matrix of floats."
            })
    private @Nullable String logits;

    @Mixin
    private EndpointOptions endpoint;

    /** Complains of what can be seen before the data is there. */
    void check(Console console) {
        if (isAddress()) {
            contract();
            endpoint.endpoint(model, console.environment());
            if (logits != null || network != null) {
                throw new GauntletException(
                        "--logits and --network are for files, but %s is an address.".formatted(model));
            }
            return;
        }
        Path file = file();
        // before the data is read, which may take longer
        boolean isOnnx = isOnnx();
        contract();
        if (network != null && isOnnx) {
            throw new GauntletException(
                    "%s contains its network, as all ONNX files do; leave --network out.".formatted(file));
        }
        if (isOnnx
                && largest != null
                && contract().isIdentity()
                && onnx().orElseThrow().takesIntegers()) {
            throw new GauntletException(
                    "%s takes integers, so with --input-max 1 every pixel but white would be 0; leave it out for 255, or give another value."
                            .formatted(file));
        }
    }

    boolean isAddress() {
        return EndpointOptions.isAddress(model);
    }

    private Path file() {
        return OptionTypes.file(model);
    }

    private boolean isOnnx() {
        return !isAddress() && FileKind.of(file()) == FileKind.ONNX;
    }

    InputSpec contract() {
        return new InputSpec(
                largest == null ? 1 : largest,
                mean,
                deviation,
                Optional.ofNullable(layout),
                Optional.ofNullable(logits));
    }

    /** Says what is in the file, if it is an ONNX model. */
    Optional<OnnxDescription> onnx() {
        return isOnnx() ? Optional.of(OnnxModels.describe(file(), contract())) : Optional.empty();
    }

    /** Returns the shape of the images that the model takes, if the file says so before it is opened. */
    Optional<ImageShape> inputShape() {
        return onnx().flatMap(OnnxDescription::shape);
    }

    /** Says why the model gives no gradient, if that is known without opening it. */
    Optional<String> obstacle() {
        return isAddress()
                ? Optional.of("%s gives no gradient".formatted(model))
                : onnx().flatMap(OnnxDescription::obstacle).map(reason -> "%s has no gradient here".formatted(model));
    }

    /** Opens the model without data. */
    DifferentiableClassifier alone() {
        return isOnnx() ? OnnxModels.whiteBox(file(), contract()) : load(Optional.empty(), 2);
    }

    private DifferentiableClassifier load(Optional<Batch> sample, int classes) {
        Optional<Network> described =
                Optional.ofNullable(network).map(text -> NetworkFile.network(text, sample.map(Batch::shape)));
        return Models.load(file(), described, contract(), sample, classes);
    }

    /** Takes rows of numbers, as a CSV file has them, for images, if the file says that it takes such. */
    Dataset laidOut(Dataset data) {
        if (!data.shape().isFlat()) {
            return data;
        }
        Optional<OnnxDescription> file = onnx();
        return file.flatMap(OnnxDescription::shape)
                .filter(shape -> !shape.isFlat() && shape.size() == data.shape().size())
                .map(shape -> data.laidOut(shape, file.orElseThrow().layout()))
                .orElse(data);
    }

    /** Does the same for a network, whose input is known when it is open. */
    static Dataset laidOut(Dataset data, Classifier opened) {
        if (!(opened instanceof NetworkClassifier known)) {
            return data;
        }
        ImageShape shape = known.network().input();
        return data.shape().isFlat()
                        && known.network().hasConvolution()
                        && shape.size() == data.shape().size()
                ? data.laidOut(shape, Layout.NCHW)
                : data;
    }

    /** Opens the model for some data. */
    ModelSource on(Dataset data, Console console) {
        // from all over the data, because many are sorted by class
        int count = Math.min(SAMPLE, data.size());
        Batch sample = data.batch(IntStream.range(0, count)
                .map(i -> (int) ((long) i * data.size() / count))
                .toArray());
        int classes = data.classes().size();
        return new ModelSource() {
            @Override
            public DifferentiableClassifier whiteBox() {
                if (isAddress()) {
                    throw new GauntletException(
                            "%s gives no gradient; attack it with --black-box, for instance --black-box --attack square."
                                    .formatted(model));
                }
                return withHint(
                        data.shape(),
                        () -> isOnnx()
                                ? OnnxModels.whiteBox(file(), contract(), sample)
                                : load(Optional.of(sample), classes));
            }

            @Override
            public Classifier blackBox() {
                if (isAddress()) {
                    return HttpClassifier.of(
                            endpoint.endpoint(model, console.environment()), contract(), sample, classes);
                }
                return isOnnx()
                        ? withHint(data.shape(), () -> OnnxModels.blackBox(file(), contract(), sample, classes))
                        : whiteBox();
            }
        };
    }

    /** Only the model knows what it takes, and it may say so in the words of its engine. */
    private <M extends Classifier> M withHint(ImageShape shape, Supplier<M> opening) {
        try {
            return opening.get();
        } catch (GauntletException e) {
            String message = String.valueOf(e.getMessage());
            boolean namesTheShape = message.contains(" " + shape) || message.contains(shape + ".");
            if (shape.isFlat() && namesTheShape) {
                throw new GauntletException(
                        "%s If it takes images, say of which shape the rows of %,d numbers are, such as --image-shape 1x28x28."
                                .formatted(message, shape.size()),
                        e);
            }
            Optional<ImageShape> expected = namesTheShape ? inputShape() : Optional.empty();
            if (expected.isPresent() && hasOtherChannels(shape, expected.get())) {
                throw new GauntletException(
                        "%s If the data is a folder of images, add --channels %d."
                                .formatted(message, expected.get().channels()),
                        e);
            }
            Optional<Layout> order = expected.flatMap(model -> orderThatFits(shape, model));
            if (order.isPresent()) {
                throw new GauntletException(
                        "%s They fit if the data is an array in the order of --data-layout %s."
                                .formatted(message, order.get().name().toLowerCase(Locale.ROOT)),
                        e);
            }
            throw e;
        }
    }

    /** Finds the order of an array in which the images would have the shape that the model takes. */
    static Optional<Layout> orderThatFits(ImageShape data, ImageShape model) {
        int first = data.channels();
        int second = data.height();
        int third = data.width();
        if (model.equals(new ImageShape(third, first, second))) {
            return Optional.of(Layout.NHWC);
        }
        return model.equals(new ImageShape(second, third, first)) ? Optional.of(Layout.NCHW) : Optional.empty();
    }

    private static boolean hasOtherChannels(ImageShape data, ImageShape model) {
        boolean areImages =
                (data.channels() == 1 || data.channels() == 3) && (model.channels() == 1 || model.channels() == 3);
        return areImages
                && data.channels() != model.channels()
                && data.height() == model.height()
                && data.width() == model.width();
    }
}

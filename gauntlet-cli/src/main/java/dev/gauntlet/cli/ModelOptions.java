package dev.gauntlet.cli;

import dev.gauntlet.GauntletException;
import dev.gauntlet.data.Dataset;
import dev.gauntlet.data.ImageShape;
import dev.gauntlet.data.Layout;
import dev.gauntlet.format.ModelDescription;
import dev.gauntlet.format.ModelFormat;
import dev.gauntlet.format.ModelFormats;
import dev.gauntlet.format.ModelUse;
import dev.gauntlet.model.Classifier;
import dev.gauntlet.model.DifferentiableClassifier;
import dev.gauntlet.model.InputSpec;
import dev.gauntlet.request.ModelRef;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Which model a command works on, and what the model wants to be given. */
@Heading(Heading.Topic.MODEL)
final class ModelOptions {
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

    /** Complains of what can be seen before the data is there, and returns what is known of the model. */
    ModelDescription describe(Console console) {
        ModelRef reference = reference();
        ModelDescription description = ModelFormats.of(reference)
                .describe(reference, ModelUse.withoutData().in(console.environment()));
        if (largest != null && contract().isIdentity() && description.takesIntegers()) {
            throw new GauntletException(
                    "%s takes integers, so with --input-max 1 every pixel but white would be 0; leave it out for 255, or give another value."
                            .formatted(model));
        }
        return description;
    }

    /** Returns what the user says of the model. */
    private ModelRef reference() {
        if (!EndpointOptions.isAddress(model)) {
            return new ModelRef.File(
                    OptionTypes.file(model).toString(),
                    Optional.ofNullable(network).map(NetworkFile::read),
                    contract(),
                    Optional.empty());
        }
        if (logits != null || network != null) {
            throw new GauntletException(
                    "--logits and --network are for files, but %s is an address.".formatted(model));
        }
        return new ModelRef.Http(model, endpoint.exchange(), contract());
    }

    private InputSpec contract() {
        return new InputSpec(
                largest == null ? 1 : largest,
                mean,
                deviation,
                Optional.ofNullable(layout),
                Optional.ofNullable(logits));
    }

    /** Says that the model gives no gradient, if that is known without opening it. */
    Optional<String> obstacle(ModelDescription description) {
        return description.obstacle().map(reason -> "%s has no gradient here".formatted(model));
    }

    /** Opens the model without data. */
    Classifier alone() {
        ModelRef reference = reference();
        return ModelFormats.of(reference).openWhiteBox(reference, ModelUse.withoutData());
    }

    /** Takes rows of numbers, as a CSV file has them, for images, if the model is known to take such. */
    static Dataset laidOut(Dataset data, ModelDescription description) {
        return laidOut(data, description.shape().filter(shape -> !shape.isFlat()), description.layout());
    }

    /** Does the same where the model says so only when it is open. */
    static Dataset laidOut(Dataset data, Classifier opened) {
        return laidOut(data, opened.inputShape(), Layout.NCHW);
    }

    private static Dataset laidOut(Dataset data, Optional<ImageShape> input, Layout order) {
        return input.filter(shape ->
                        data.shape().isFlat() && shape.size() == data.shape().size())
                .map(shape -> data.laidOut(shape, order))
                .orElse(data);
    }

    /** Opens the model for some data. */
    ModelSource on(Dataset data, ModelDescription description, Console console) {
        ModelRef reference = reference();
        ModelFormat format = ModelFormats.of(reference);
        ModelUse use = ModelUse.of(data).in(console.environment());
        return new ModelSource() {
            @Override
            public DifferentiableClassifier whiteBox() {
                return withHint(data.shape(), description.shape(), () -> format.openWhiteBox(reference, use));
            }

            @Override
            public Classifier blackBox() {
                return withHint(data.shape(), description.shape(), () -> format.openBlackBox(reference, use));
            }
        };
    }

    /** Only the model knows what it takes, and it may say so in the words of its engine. */
    private static <M extends Classifier> M withHint(
            ImageShape shape, Optional<ImageShape> described, Supplier<M> opening) {
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
            Optional<ImageShape> expected = namesTheShape ? described : Optional.empty();
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

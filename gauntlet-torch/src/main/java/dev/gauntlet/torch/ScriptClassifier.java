package dev.gauntlet.torch;

import dev.gauntlet.GauntletException;
import dev.gauntlet.data.Batch;
import dev.gauntlet.data.ImageShape;
import dev.gauntlet.data.Layout;
import dev.gauntlet.model.InputSpec;
import dev.gauntlet.model.ModelCard;
import dev.gauntlet.model.OutputKind;
import dev.gauntlet.model.RawOutputs;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Device;
import org.bytedeco.pytorch.DeviceOptional;
import org.bytedeco.pytorch.GraphOptimizerEnabledGuard;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.IValueVector;
import org.bytedeco.pytorch.JitModule;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * A model exported from PyTorch as TorchScript, traced or scripted, in evaluation mode.
 *
 * <p>It takes a tensor of raw pixels in [0,1] of shape examples, channels, height, width and returns one row of logits
 * per example. A TorchScript file is a program: load only files that you trust.
 */
final class ScriptClassifier extends TorchClassifier {
    /** The batch size for small images. */
    private static final int LARGEST_SLICE = 250;

    /** A gradient requires some hundred numbers per pixel, which takes 1 GB for this many pixels. */
    private static final int PIXELS_PER_SLICE = 200_000;

    /** Smaller batches are inefficient for a large network, so they are used only if the images are very large. */
    private static final int SMALL_SLICE = 8;

    private static final int MOST_PIXELS_PER_SLICE = 6 * PIXELS_PER_SLICE;

    /** The tolerance for a different order of additions with another number of images. */
    private static final double TOLERATED_COMPANY = 1e-3;

    /** The same for types with 11 and 8 bits, whose rounding errors accumulate over the layers. */
    private static final Map<ScalarType, Double> TOLERATED_COMPANY_OF_SHORT_TYPES =
            Map.of(ScalarType.Half, 1e-2, ScalarType.BFloat16, 5e-2);

    /** The types in which a script may compute; the first needs no conversion. */
    private static final List<ScalarType> TYPES =
            List.of(ScalarType.Float, ScalarType.Double, ScalarType.BFloat16, ScalarType.Half);

    /** How libtorch's messages say that it does not support a type. */
    private static final Pattern NOT_IMPLEMENTED =
            Pattern.compile("not implemented for '(\\w+)'|dtypes not supported\\. Got (\\w+)");

    private final Path file;
    private final JitModule module;
    private final ModelCard card;

    private final Feed feed;

    private final List<String> layers;

    /** The notice about which of several tensors is used, once it is known. */
    private volatile Optional<String> choice = Optional.empty();

    /**
     * The form in which a script is given images.
     *
     * @param type the type of the numbers
     * @param alone whether images are given one at a time
     * @param form the shape of the input
     */
    private record Feed(ScalarType type, boolean alone, Form form) {
        /** Returns what a reader must know about it. */
        List<String> notices() {
            List<String> notices = new ArrayList<>();
            if (type != ScalarType.Float) {
                notices.add("The model computes in %s; the images are converted to it, and its logits to float32."
                        .formatted(name(type)));
            }
            if (alone) {
                notices.add(
                        "The model works for a single image only, so it is queried with one image at a time, which is slow; export it for any batch size.");
            }
            form.notice().ifPresent(notices::add);
            return notices;
        }
    }

    /** The possible shapes of a script's input, which only a trial can determine. */
    private enum Form {
        IMAGES("") {
            @Override
            Tensor of(Tensor x) {
                return x;
            }
        },
        ROWS("a row of numbers") {
            @Override
            Tensor of(Tensor x) {
                return x.flatten(1, -1);
            }
        },
        PLANES("rows and columns, without channels") {
            @Override
            Tensor of(Tensor x) {
                return x.squeeze(1);
            }
        },
        COLUMNS("a column of numbers") {
            @Override
            Tensor of(Tensor x) {
                return x.flatten(1, -1).unsqueeze(2);
            }
        },
        SINGLE_IMAGE("channels, rows and columns, without a batch dimension") {
            @Override
            Tensor of(Tensor x) {
                return x.squeeze(0);
            }
        },
        SINGLE_ROW("a row of numbers, without a batch dimension") {
            @Override
            Tensor of(Tensor x) {
                return x.flatten();
            }
        };

        private final String title;

        Form(String title) {
            this.title = title;
        }

        abstract Tensor of(Tensor x);

        /** Tells whether it is possible for images of a shape, one at a time or several. */
        boolean fits(ImageShape shape, boolean alone) {
            return switch (this) {
                case IMAGES, ROWS, COLUMNS -> true;
                case PLANES -> shape.channels() == 1 && !shape.isFlat();
                case SINGLE_IMAGE, SINGLE_ROW -> alone;
            };
        }

        Optional<String> notice() {
            return this == IMAGES
                    ? Optional.empty()
                    : Optional.of(
                            "The model is given each image as %s, because it requires this shape.".formatted(title));
        }
    }

    private ScriptClassifier(Path file, JitModule module, ModelCard card, OutputKind kind, int classes, Feed feed) {
        super(LARGEST_SLICE, card.contract(), card.contract().layout().orElse(Layout.NCHW), kind, classes);
        this.file = file;
        this.module = module;
        this.card = card;
        this.feed = feed;
        this.layers = weights(module);
    }

    /**
     * Loads a file onto the CPU, whatever device its weights were saved on.
     *
     * @param file the file
     * @param sha256 the SHA-256 of its content
     * @param contract the preprocessing that the model expects
     * @param sample some images on which it is tried, to find the type of its input, whether it takes batches, and the
     *     meaning of its outputs; without them, the type is that of its weights, and its outputs are logits
     * @param classes the number of classes; used only if the model returns only the class
     * @throws GauntletException if it is not TorchScript, contains NaN, requires another device, or behaves as in
     *     training mode
     */
    static ScriptClassifier load(Path file, String sha256, InputSpec contract, Optional<Batch> sample, int classes) {
        Libtorch.load();
        JitModule module =
                Libtorch.call("%s is not a TorchScript file that libtorch can load".formatted(file), () -> open(file));
        try {
            module.eval();
            requireNumbers(file, module);
            List<ScalarType> types = types(module);
            ModelCard card = card(file, sha256, contract, module, List.of());
            if (sample.isEmpty()) {
                ScalarType type = types.isEmpty() || types.contains(ScalarType.Float) ? ScalarType.Float : types.get(0);
                Feed feed = new Feed(type, false, Form.IMAGES);
                return new ScriptClassifier(
                        file,
                        module,
                        card(file, sha256, contract, module, feed.notices()),
                        OutputKind.LOGITS,
                        classes,
                        feed);
            }
            ScriptClassifier asIs = firstThatAnswers(file, module, card, types, sample.get(), classes);
            RawOutputs outputs = asIs.outputs(sample.get());
            asIs.requireEvaluationMode(sample.get(), outputs, types);
            OutputKind kind = OutputKind.of(outputs.and(asIs.outputs(Images.random(sample.get()))));
            List<String> notices = new ArrayList<>(asIs.feed.notices());
            asIs.choice.ifPresent(notices::add);
            kind.notice().ifPresent(notices::add);
            return new ScriptClassifier(
                    file, module, card(file, sha256, contract, module, notices), kind, classes, asIs.feed);
        } catch (RuntimeException e) {
            module.close();
            throw e;
        }
    }

    /** Maps all tensors onto the CPU, as {@code torch.jit.load(file, map_location="cpu")} does. */
    private static JitModule open(Path file) {
        try (PointerScope scope = new PointerScope()) {
            JitModule module = torch.load(file.toString(), new DeviceOptional(new Device("cpu")), true);
            module.retainReference();
            return module;
        }
    }

    /**
     * Finds the form in which a script accepts images: 32-bit floats if possible, otherwise the type of its weights; in
     * batches if possible, otherwise one at a time.
     *
     * @throws GauntletException if it accepts no form
     */
    private static ScriptClassifier firstThatAnswers(
            Path file, JitModule module, ModelCard card, List<ScalarType> types, Batch sample, int classes) {
        List<Feed> feeds = new ArrayList<>();
        for (Form form : Form.values()) {
            for (boolean alone : new boolean[] {false, true}) {
                TYPES.stream()
                        // the types of a frozen script are unknown
                        .filter(type -> type == ScalarType.Float || types.isEmpty() || types.contains(type))
                        .filter(type -> form.fits(sample.shape(), alone))
                        .forEach(type -> feeds.add(new Feed(type, alone, form)));
            }
        }
        // every script of another type refuses 32-bit floats, so the error for its own type is more informative
        ScalarType own = types.isEmpty() || types.contains(ScalarType.Float) ? ScalarType.Float : types.get(0);
        Optional<GauntletException> failure = Optional.empty();
        for (Feed feed : feeds) {
            ScriptClassifier trial = new ScriptClassifier(file, module, card, OutputKind.LOGITS, classes, feed);
            try {
                trial.outputs(sample);
                return trial;
            } catch (GauntletException e) {
                if (failure.isEmpty() && feed.type() == own) {
                    failure = Optional.of(e);
                }
            }
        }
        throw failure.orElseThrow();
    }

    /** Refuses NaN weights, with which all outputs are meaningless. */
    private static void requireNumbers(Path file, JitModule module) {
        try (PointerScope scope = new PointerScope()) {
            var list = module.named_parameters(true);
            var iterator = list.begin();
            for (long i = 0; i < list.size(); i++, iterator.increment()) {
                Tensor tensor = iterator.access().value();
                if (tensor.is_floating_point() && tensor.isnan().any().item_bool()) {
                    throw new GauntletException(
                            "%s: the tensor %s contains NaN; these weights are unusable, use another file."
                                    .formatted(file, iterator.access().name().getString()));
                }
            }
        }
    }

    /** Returns the floating-point types of the weights and buffers. */
    private static List<ScalarType> types(JitModule module) {
        Set<ScalarType> types = new LinkedHashSet<>();
        try (PointerScope scope = new PointerScope()) {
            var parameters = module.named_parameters(true);
            var parameter = parameters.begin();
            for (long i = 0; i < parameters.size(); i++, parameter.increment()) {
                types.add(parameter.access().value().scalar_type().intern());
            }
            var buffers = module.named_buffers(true);
            var buffer = buffers.begin();
            for (long i = 0; i < buffers.size(); i++, buffer.increment()) {
                types.add(buffer.access().value().scalar_type().intern());
            }
        }
        return types.stream().filter(TYPES::contains).toList();
    }

    private static String name(ScalarType type) {
        return switch (type) {
            case Half -> "float16";
            case BFloat16 -> "bfloat16";
            case Double -> "float64";
            default -> type.toString();
        };
    }

    private static ModelCard card(
            Path file, String sha256, InputSpec contract, JitModule module, List<String> notices) {
        return new ModelCard(
                String.valueOf(file.getFileName()),
                "TorchScript",
                OptionalLong.of(parameters(module)),
                Optional.of(sha256),
                Optional.of(file.toString()),
                Libtorch.version(),
                Optional.empty(),
                contract,
                notices,
                List.of());
    }

    /**
     * In training mode, dropout changes the outputs on every call, and batch normalization with the other images of the
     * batch.
     */
    private void requireEvaluationMode(Batch sample, RawOutputs outputs, List<ScalarType> types) {
        if (!Arrays.equals(outputs(sample).values(), outputs.values())) {
            throw new GauntletException(
                    "The model %s returns different outputs for the same images, as dropout does in training mode; export it after model.eval()."
                            .formatted(card.name()));
        }
        float[] alone = outputs(sample.select(new int[] {0})).values();
        double largest = 1;
        double difference = 0;
        for (int k = 0; k < alone.length; k++) {
            largest = Math.max(largest, Math.abs(outputs.values()[k]));
            difference = Math.max(difference, Math.abs(alone[k] - outputs.values()[k]));
        }
        double tolerated = Stream.concat(Stream.of(feed.type()), types.stream())
                .mapToDouble(type -> TOLERATED_COMPANY_OF_SHORT_TYPES.getOrDefault(type, TOLERATED_COMPANY))
                .max()
                .orElseThrow();
        if (difference > tolerated * largest) {
            throw new GauntletException(
                    "The model %s returns different outputs for an image in another batch, as batch normalization does in training mode; export it after model.eval()."
                            .formatted(card.name()));
        }
    }

    @Override
    public ModelCard card() {
        return card;
    }

    @Override
    protected Tensor forward(Tensor x) {
        IValue output;
        Tensor given = feed.form().of(feed.type() == ScalarType.Float ? x : x.to(feed.type()));
        // the interpreter optimizes a script after its first runs, and then the last bits of a gradient depend on the
        // order of the threads
        try (GraphOptimizerEnabledGuard plain = new GraphOptimizerEnabledGuard(false)) {
            output = module.forward(new IValueVector(new IValue(given)));
        } catch (RuntimeException e) {
            throw explained(e);
        }
        ScriptOutput found =
                ScriptOutput.of(card.name(), output, card.contract().logits());
        choice = found.notice(card.contract().logits());
        return found.logits();
    }

    /** Replaces messages of libtorch that do not help a reader by what the file contains. */
    private RuntimeException explained(RuntimeException e) {
        String reason = Libtorch.reason(e);
        Optional<String> device = ScriptArchive.missingDevice(file, reason);
        if (device.isPresent()) {
            return new GauntletException(
                    "The model %s cannot run on the CPU, because the device %s is hard-coded in the program; trace it on the CPU, or export it as ONNX."
                            .formatted(card.name(), device.get()),
                    e);
        }
        Matcher type = NOT_IMPLEMENTED.matcher(reason);
        if (type.find()) {
            return new GauntletException(
                    "The model %s computes in %s, for which libtorch lacks an operation on the CPU (%s); export it after model.float()."
                            .formatted(card.name(), type.group(1) == null ? type.group(2) : type.group(1), reason),
                    e);
        }
        return e;
    }

    @Override
    protected int sliceSize(ImageShape shape) {
        if (feed.alone()) {
            return 1;
        }
        int usual = PIXELS_PER_SLICE / shape.size();
        int few = Math.min(SMALL_SLICE, MOST_PIXELS_PER_SLICE / shape.size());
        return Math.max(1, Math.min(LARGEST_SLICE, Math.max(usual, few)));
    }

    @Override
    protected void requireFit(ImageShape shape) {
        // only a trial shows which input a script accepts
    }

    @Override
    protected void release() {
        module.close();
    }

    @Override
    public List<String> layers() {
        return layers;
    }

    /** A script's layers are code; the shapes of its weights are enough for a reader. */
    private static List<String> weights(JitModule module) {
        try (PointerScope scope = new PointerScope()) {
            var list = module.named_parameters(true);
            List<String> layers = new ArrayList<>();
            var iterator = list.begin();
            for (long i = 0; i < list.size(); i++, iterator.increment()) {
                Tensor tensor = iterator.access().value();
                long[] sides = new long[Math.toIntExact(tensor.dim())];
                Arrays.setAll(sides, tensor::size);
                layers.add("%s  %s"
                        .formatted(
                                iterator.access().name().getString(),
                                Arrays.stream(sides).mapToObj(Long::toString).collect(Collectors.joining("x"))));
            }
            return List.copyOf(layers);
        }
    }

    private static long parameters(JitModule module) {
        try (PointerScope scope = new PointerScope()) {
            var list = module.parameters(true);
            long count = 0;
            var iterator = list.begin();
            // comparing with end() reads past the end, so the number of entries decides
            for (long i = 0; i < list.size(); i++, iterator.increment()) {
                count += iterator.access().numel();
            }
            return count;
        }
    }
}

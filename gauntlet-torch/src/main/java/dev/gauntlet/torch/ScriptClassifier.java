package dev.gauntlet.torch;

import dev.gauntlet.GauntletException;
import dev.gauntlet.data.Batch;
import dev.gauntlet.data.ImageShape;
import dev.gauntlet.data.Layout;
import dev.gauntlet.model.ModelCard;
import dev.gauntlet.model.ModelContract;
import dev.gauntlet.model.OutputKind;
import dev.gauntlet.model.RawOutputs;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.GraphOptimizerEnabledGuard;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.IValueVector;
import org.bytedeco.pytorch.JitModule;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * A model exported from PyTorch as TorchScript, traced or scripted, in evaluation mode.
 *
 * <p>It takes a tensor of shape examples, channels, height, width in raw units of [0,1] and gives one row of logits per
 * example. A TorchScript file is a program: load only files you trust.
 */
final class ScriptClassifier extends TorchClassifier {
    /** For small images. */
    private static final int LARGEST_SLICE = 250;

    /** Some hundred numbers for each pixel have to be remembered for a gradient, which for so many pixels is 1 GB. */
    private static final int PIXELS_PER_SLICE = 200_000;

    /** Fewer waste the time of a large network, unless their pixels are too many even so. */
    private static final int SMALL_SLICE = 8;

    private static final int MOST_PIXELS_PER_SLICE = 6 * PIXELS_PER_SLICE;

    /** The order of additions may differ with the number of images, but not more than that. */
    private static final double TOLERATED_COMPANY = 1e-3;

    private final JitModule module;
    private final ModelCard card;

    private final List<String> layers;

    /** Which of several tensors was taken, as far as was seen. */
    private volatile Optional<String> choice = Optional.empty();

    private ScriptClassifier(JitModule module, ModelCard card, OutputKind kind, int classes) {
        super(LARGEST_SLICE, card.contract(), card.contract().layout().orElse(Layout.NCHW), kind, classes);
        this.module = module;
        this.card = card;
        this.layers = weights(module);
    }

    /**
     * Loads a file.
     *
     * @param file the file
     * @param sha256 the SHA-256 of its content
     * @param contract what the model wants to be given
     * @param sample some images on which it is tried; without them its outputs are taken for logits
     * @param classes how many classes there are; looked at only if the model gives nothing but the class
     * @throws GauntletException if it is no TorchScript, or behaves as in training
     */
    static ScriptClassifier load(
            Path file, String sha256, ModelContract contract, Optional<Batch> sample, int classes) {
        Libtorch.load();
        JitModule module = Libtorch.call(
                "%s is no TorchScript file that libtorch can load".formatted(file), () -> torch.load(file.toString()));
        try {
            module.eval();
            ModelCard card = card(file, sha256, contract, module, List.of());
            ScriptClassifier asIs = new ScriptClassifier(module, card, OutputKind.LOGITS, classes);
            if (sample.isEmpty()) {
                return asIs;
            }
            RawOutputs outputs = asIs.outputs(sample.get());
            asIs.requireEvaluationMode(sample.get(), outputs);
            OutputKind kind = OutputKind.of(outputs.and(asIs.outputs(Images.random(sample.get()))));
            List<String> notices = new ArrayList<>();
            asIs.choice.ifPresent(notices::add);
            kind.notice().ifPresent(notices::add);
            return new ScriptClassifier(module, card(file, sha256, contract, module, notices), kind, classes);
        } catch (RuntimeException e) {
            module.close();
            throw e;
        }
    }

    private static ModelCard card(
            Path file, String sha256, ModelContract contract, JitModule module, List<String> notices) {
        return new ModelCard(
                String.valueOf(file.getFileName()),
                "TorchScript",
                parameters(module),
                sha256,
                Optional.of(file.toString()),
                Libtorch.version(),
                Optional.empty(),
                contract,
                notices,
                List.of());
    }

    /** In training, dropout gives other numbers each time, and batch normalisation others in other company. */
    private void requireEvaluationMode(Batch sample, RawOutputs outputs) {
        if (!Arrays.equals(outputs(sample).values(), outputs.values())) {
            throw new GauntletException(
                    "The model %s gives other numbers when it is asked again, as with dropout in training; export it after model.eval()."
                            .formatted(card.name()));
        }
        float[] alone = outputs(sample.select(new int[] {0})).values();
        double largest = 1;
        double difference = 0;
        for (int k = 0; k < alone.length; k++) {
            largest = Math.max(largest, Math.abs(outputs.values()[k]));
            difference = Math.max(difference, Math.abs(alone[k] - outputs.values()[k]));
        }
        if (difference > TOLERATED_COMPANY * largest) {
            throw new GauntletException(
                    "The model %s gives an image other numbers when others are asked with it, as with batch normalisation in training; export it after model.eval()."
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
        // the interpreter rewrites what it has run once, and then the last bits of a gradient depend on who came first
        try (GraphOptimizerEnabledGuard plain = new GraphOptimizerEnabledGuard(false)) {
            output = module.forward(new IValueVector(new IValue(x)));
        }
        ScriptOutput found =
                ScriptOutput.of(card.name(), output, card.contract().logits());
        choice = found.notice();
        return found.logits();
    }

    @Override
    protected int sliceSize(ImageShape shape) {
        int usual = PIXELS_PER_SLICE / shape.size();
        int few = Math.min(SMALL_SLICE, MOST_PIXELS_PER_SLICE / shape.size());
        return Math.max(1, Math.min(LARGEST_SLICE, Math.max(usual, few)));
    }

    @Override
    protected void requireFit(ImageShape shape) {
        // only running a script tells what it takes
    }

    @Override
    protected void release() {
        module.close();
    }

    @Override
    public List<String> layers() {
        return layers;
    }

    /** A script's own layers are code; its tensors of weights tell as much as a reader needs. */
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
            // comparing with end() runs off the end, so the number of entries decides
            for (long i = 0; i < list.size(); i++, iterator.increment()) {
                count += iterator.access().numel();
            }
            return count;
        }
    }
}

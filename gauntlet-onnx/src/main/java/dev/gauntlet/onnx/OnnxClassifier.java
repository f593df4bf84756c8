package dev.gauntlet.onnx;

import dev.gauntlet.GauntletException;
import dev.gauntlet.data.Batch;
import dev.gauntlet.data.ImageShape;
import dev.gauntlet.data.Layout;
import dev.gauntlet.model.CrossCheck;
import dev.gauntlet.model.LayerGraph;
import dev.gauntlet.model.ModelCard;
import dev.gauntlet.model.OutputKind;
import dev.gauntlet.model.RawOutputs;
import dev.gauntlet.torch.Images;
import dev.gauntlet.torch.Libtorch;
import dev.gauntlet.torch.TorchClassifier;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/** An ONNX model whose graph is evaluated with libtorch's operations, so that it can be differentiated. */
final class OnnxClassifier extends TorchClassifier {
    /** The largest total output of all nodes per slice, chosen so that caches are effective. */
    private static final long NUMBERS_PER_SLICE = 1L << 24;

    /** The smallest slice unless the memory is too small, because smaller slices are inefficient for large weights. */
    private static final int SMALL_SLICE = 8;

    /** 1 GB of 32-bit floats, all of which a gradient needs at the same time. */
    private static final long MOST_NUMBERS_PER_SLICE = 1L << 28;

    private static final int LARGEST_SLICE = 1000;

    /** Relative to the largest output, or absolute below 1; about a thousand rounding errors of 32-bit floats. */
    private static final double TOLERANCE = 1e-4;

    /** The same for a file that rounds to 16-bit floats, which have three digits. */
    private static final double TOLERANCE_OF_HALVES = 1e-2;

    private final OnnxFile file;
    private final ImageShape shape;
    private final String logits;
    private final OutputKind kind;
    private final InputPort port;
    private final InputPort.Fit fit;
    private final CompiledGraph program;
    private final ModelCard card;

    /** The column of each class in the output; empty if they are in order. */
    private final long[] columns;

    private OnnxClassifier(
            OnnxFile file,
            ImageShape shape,
            String logits,
            InputPort.Fit fit,
            CompiledGraph program,
            int slice,
            OutputKind kind,
            ModelCard card,
            long... columns) {
        super(slice, file.contract(), file.input().layout(), kind, 0);
        this.file = file;
        this.shape = shape;
        this.logits = logits;
        this.kind = kind;
        this.columns = columns;
        this.port = file.input();
        this.fit = fit;
        this.program = program;
        this.card = card;
    }

    /**
     * Creates the classifier and compares it with ONNX Runtime.
     *
     * @param file the file
     * @param sample some images
     * @param fromData whether the images are from data instead of random
     */
    static OnnxClassifier of(OnnxFile file, Batch sample, boolean fromData) {
        Libtorch.load();
        file.contract().requireFit(sample.shape());
        InputPort.Fit fit = file.input().fit(file.name(), sample.shape());
        file.obstacle().ifPresent(obstacle -> {
            throw new GauntletException(obstacle);
        });
        List<Tail> tails = file.tails();
        try (Reference reference = new Reference(file, tails.get(0).output(), sample)) {
            // a cut may be where the images are no longer separate, so a tail that accepts several images is tried
            // first
            for (boolean oneAtATime : new boolean[] {false, true}) {
                for (Tail tail : tails) {
                    try {
                        Optional<OnnxClassifier> made = of(file, tail, fit, oneAtATime, reference, sample, fromData);
                        if (made.isPresent()) {
                            return made.get();
                        }
                    } catch (GauntletException e) {
                        // an error that is not due to the tail occurs again without the cut
                        if (!tail.cuts()) {
                            throw e;
                        }
                    }
                }
            }
        }
        throw new IllegalStateException("the last tail is empty");
    }

    /**
     * ONNX Runtime with the same file, opened on first use, because it also computes graphs that are refused here as
     * too large.
     */
    private static final class Reference implements AutoCloseable {
        private final OnnxFile file;
        private final String output;
        private final Batch sample;
        private @Nullable RuntimeModel model;

        Reference(OnnxFile file, String output, Batch sample) {
            this.file = file;
            this.output = output;
            this.sample = sample;
        }

        RawOutputs outputs(Batch batch) {
            if (model == null) {
                model = RuntimeModel.open(file, output, List.of(), sample);
            }
            return model.outputs(batch, output);
        }

        @Override
        public void close() {
            if (model != null) {
                model.close();
            }
        }
    }

    /** Creates the classifier, unless the outputs show that the guessed tail is wrong. */
    private static Optional<OnnxClassifier> of(
            OnnxFile file,
            Tail tail,
            InputPort.Fit declared,
            boolean oneAtATime,
            Reference reference,
            Batch sample,
            boolean fromData) {
        CompiledGraph program = CompiledGraph.of(
                file.path().toString(), file.graph(), file.input().name(), tail.logits());
        boolean isKept = false;
        try {
            List<String> notices = new ArrayList<>(file.notices());
            tail.notice().ifPresent(notices::add);
            OnnxClassifier bare = new OnnxClassifier(
                    file,
                    sample.shape(),
                    tail.logits(),
                    declared,
                    program,
                    slice(file.input(), declared, program, sample),
                    OutputKind.LOGITS,
                    card(file, notices, List.of()));
            if (!bare.takesSeveral(sample)) {
                if (!oneAtATime) {
                    return Optional.empty();
                }
                bare = new OnnxClassifier(
                        file,
                        sample.shape(),
                        tail.logits(),
                        declared.oneAtATime(),
                        program,
                        1,
                        OutputKind.LOGITS,
                        card(file, notices, List.of()));
                notices.add(RuntimeModel.ONE_AT_A_TIME);
            }
            List<CrossCheck> checks = new ArrayList<>();
            Batch random = Images.random(sample);
            RawOutputs outputs = bare.outputs(random);
            RawOutputs expected = reference.outputs(random);
            checks.add(check(file, tail, outputs, expected, random.size(), "random images"));
            if (fromData) {
                RawOutputs ofData = bare.outputs(sample);
                RawOutputs expectedOfData = reference.outputs(sample);
                checks.add(check(file, tail, ofData, expectedOfData, sample.size(), "images of the data"));
                outputs = outputs.and(ofData);
                expected = expected.and(expectedOfData);
            }
            Optional<CrossCheck> failed = checks.stream()
                    .filter(check -> !(check.largestDifference() <= check.tolerance()))
                    .findFirst();
            if (tail.cuts()
                    && (failed.isPresent()
                            || !tail.difference(expected, outputs).within(tolerance(file)))) {
                return Optional.empty();
            }
            failed.ifPresent(check -> {
                throw new GauntletException(
                        "%s: the outputs differ by %.3g from those of ONNX Runtime on %s, more than %.3g; attack it as a black box, for example with square, and report this as a bug of Gauntlet."
                                .formatted(file.path(), check.largestDifference(), check.inputs(), check.tolerance()));
            });
            OutputKind kind = tail.kind(outputs);
            if (kind == OutputKind.CLASS_NUMBERS) {
                throw new GauntletException(file.onlyClasses());
            }
            kind.notice().ifPresent(notices::add);
            isKept = true;
            int perExample = outputs.perExample();
            return Optional.of(new OnnxClassifier(
                    file,
                    sample.shape(),
                    tail.logits(),
                    bare.fit,
                    program,
                    bare.sliceSize(sample.shape()),
                    kind,
                    card(file, notices, checks),
                    file.columns()
                            .filter(known -> !known.isInOrder() && known.columns().length == perExample)
                            .map(known -> Arrays.stream(known.columns())
                                    .asLongStream()
                                    .toArray())
                            .orElse(new long[0])));
        } finally {
            if (!isKept) {
                program.close();
            }
        }
    }

    private static double tolerance(OnnxFile file) {
        return file.roundsToHalves() ? TOLERANCE_OF_HALVES : TOLERANCE;
    }

    private static CrossCheck check(
            OnnxFile file, Tail tail, RawOutputs outputs, RawOutputs expected, int images, String inputs) {
        if (!tail.cuts() && expected.values().length != outputs.values().length) {
            throw new GauntletException(
                    "%s: ONNX Runtime returns %d numbers for %d images, but Gauntlet %d; attack it as a black box, and report this as a bug of Gauntlet."
                            .formatted(file.path(), expected.values().length, images, outputs.values().length));
        }
        Difference difference = tail.difference(expected, outputs);
        return new CrossCheck(
                OnnxRuntime.version(), inputs, images, difference.largest(), tolerance(file) * difference.scale());
    }

    /** Tries several images and, if that fails, a single one; throws the first exception if both fail. */
    private boolean takesSeveral(Batch sample) {
        try {
            outputs(sample);
            return true;
        } catch (GauntletException several) {
            if (fit.fixedBatch().isPresent() || sample.size() < 2) {
                throw several;
            }
            try {
                outputs(sample.select(new int[] {0}));
                return false;
            } catch (GauntletException alone) {
                several.addSuppressed(alone);
                throw several;
            }
        }
    }

    private static ModelCard card(OnnxFile file, List<String> notices, List<CrossCheck> checks) {
        return new ModelCard(
                file.name(),
                file.architecture(),
                OptionalLong.of(file.parameters()),
                Optional.of(file.sha256()),
                Optional.of(file.path().toString()),
                Libtorch.version(),
                Optional.empty(),
                file.contract(),
                notices,
                checks);
    }

    /** Determines with a small batch how many images can be computed at once. */
    private static int slice(InputPort port, InputPort.Fit fit, CompiledGraph program, Batch sample) {
        Optional<Integer> fixed = fit.fixedBatch();
        if (fixed.isPresent()) {
            return fixed.get();
        }
        long[] meter = {0};
        try (PointerScope scope = new PointerScope();
                NoGradGuard guard = new NoGradGuard()) {
            ImageShape shape = sample.shape();
            Tensor x = torch.zeros(
                    port.layout() == Layout.NCHW
                            ? new long[] {1, shape.channels(), shape.height(), shape.width()}
                            : new long[] {1, shape.height(), shape.width(), shape.channels()},
                    new TensorOptions(torch.ScalarType.Float));
            program.run(input(port, fit, x), meter);
        }
        long numbersPerImage = Math.max(1, meter[0]);
        long usual = NUMBERS_PER_SLICE / numbersPerImage;
        long few = Math.min(SMALL_SLICE, MOST_NUMBERS_PER_SLICE / numbersPerImage);
        return (int) Math.max(1, Math.min(LARGEST_SLICE, Math.max(usual, few)));
    }

    @Override
    public ModelCard card() {
        return card;
    }

    @Override
    protected Tensor forward(Tensor x) {
        long examples = x.size(0);
        long missing = Math.max(0, fit.fixedBatch().orElse(0) - examples);
        // for a fixed batch size, missing images are replaced by black ones
        Tensor output = program.run(input(port, fit, missing == 0 ? x : withBlack(x, missing)));
        Tensor wanted = missing == 0 ? output : output.narrow(0, 0, examples);
        return columns.length == 0 ? wanted : wanted.index_select(1, Tensors.of(columns));
    }

    private static Tensor withBlack(Tensor x, long count) {
        long[] sides = Tensors.sides(x);
        sides[0] = count;
        return torch.cat(new TensorVector(x, torch.zeros(sides)), 0);
    }

    private static Tensor input(InputPort port, InputPort.Fit fit, Tensor x) {
        // if the layout is that of the file, the memory format is kept, which is faster for convolutions
        boolean isAsDeclared = fit.isConventional() && fit.isBatched();
        Tensor shaped = isAsDeclared ? x : x.reshape(fit.sides(Math.toIntExact(x.size(0))));
        return port.type() == ElementType.DOUBLE.code() ? shaped.to(torch.ScalarType.Double) : shaped;
    }

    @Override
    public Optional<LayerGraph> layerGraph() {
        return Optional.of(Libtorch.call(
                "The layers of the model %s cannot be read".formatted(card.name()),
                () -> GraphLayers.of(file, shape, logits, kind, columns)));
    }

    @Override
    protected void requireFit(ImageShape shape) {
        port.fit(card.name(), shape);
    }

    @Override
    protected void release() {
        program.close();
    }
}

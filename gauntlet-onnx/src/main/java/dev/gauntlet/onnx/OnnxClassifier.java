package dev.gauntlet.onnx;

import dev.gauntlet.GauntletException;
import dev.gauntlet.RandomKey;
import dev.gauntlet.data.Batch;
import dev.gauntlet.data.ImageShape;
import dev.gauntlet.data.Layout;
import dev.gauntlet.model.CrossCheck;
import dev.gauntlet.model.Logits;
import dev.gauntlet.model.ModelCard;
import dev.gauntlet.model.ModelContract;
import dev.gauntlet.torch.Libtorch;
import dev.gauntlet.torch.TorchClassifier;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/** An ONNX model whose graph is walked with libtorch's operations, so that it can be differentiated. */
final class OnnxClassifier extends TorchClassifier {
    /** How many numbers all nodes together may give for one slice: small enough for the caches to be of use. */
    private static final long NUMBERS_PER_SLICE = 1L << 24;

    /** As many at least unless the memory forbids it: fewer waste the time of a network with large weights. */
    private static final int SMALL_SLICE = 8;

    /** 1 GB of 32-bit floats, which a gradient needs all at the same time. */
    private static final long MOST_NUMBERS_PER_SLICE = 1L << 28;

    private static final int LARGEST_SLICE = 1000;

    /** Relative to the largest output, or absolute below 1; some thousand roundings of 32-bit floats. */
    private static final double TOLERANCE = 1e-4;

    private final InputPort port;
    private final Program program;
    private final ModelCard card;

    private OnnxClassifier(InputPort port, Program program, ModelContract contract, int slice, ModelCard card) {
        super(slice, contract, port.layout());
        this.port = port;
        this.program = program;
        this.card = card;
    }

    /**
     * Makes the classifier and compares it with ONNX Runtime.
     *
     * @param file the file
     * @param contract what the model wants to be given
     * @param sample some images
     * @param fromData whether the images are from data, and not random
     */
    static OnnxClassifier of(OnnxFile file, ModelContract contract, Batch sample, boolean fromData) {
        Libtorch.load();
        contract.requireFit(sample.shape());
        file.input().requireFit(file.name(), sample.shape());
        file.input().obstacle().ifPresent(obstacle -> {
            throw new GauntletException(obstacle);
        });
        Optional<Node> softmax = file.softmaxAtTheEnd();
        Graph.Port output = file.output();
        String logits = softmax.map(node -> node.inputs().get(0)).orElse(output.name());
        Program program =
                Program.of(file.path().toString(), file.graph(), file.input().name(), logits);
        List<String> notices = new ArrayList<>();
        softmax.ifPresent(
                node -> notices.add(
                        "The model ends in a softmax; its input is taken for the logits, because attacks on probabilities fail where they round to 0 or 1."));
        try {
            int slice = slice(file.input(), program, sample);
            OnnxClassifier bare = new OnnxClassifier(
                    file.input(), program, contract, slice, card(file, contract, notices, List.of()));
            List<CrossCheck> checks = new ArrayList<>();
            try (RuntimeSession runtime = RuntimeSession.open(file.path())) {
                Reference reference = new Reference(runtime, file, contract, softmax.isPresent());
                checks.add(reference.compare(bare, random(sample), "random images"));
                if (fromData) {
                    checks.add(reference.compare(bare, sample, "images of the data"));
                }
            }
            return new OnnxClassifier(file.input(), program, contract, slice, card(file, contract, notices, checks));
        } catch (RuntimeException e) {
            program.close();
            throw e;
        }
    }

    private static ModelCard card(
            OnnxFile file, ModelContract contract, List<String> notices, List<CrossCheck> checks) {
        return new ModelCard(
                file.name(),
                file.architecture(),
                file.parameters(),
                file.sha256(),
                Optional.of(file.path().toString()),
                Libtorch.version(),
                Optional.empty(),
                contract,
                notices,
                checks);
    }

    /** Makes images of the sample's shape whose pixels are random. */
    static Batch random(Batch sample) {
        float[] pixels = new float[sample.pixels().length];
        for (int row = 0; row < sample.size(); row++) {
            var generator = RandomKey.of(0).with("cross-check").with(row).generator();
            int length = sample.shape().size();
            for (int i = 0; i < length; i++) {
                pixels[row * length + i] = generator.nextFloat();
            }
        }
        return sample.withPixels(pixels);
    }

    /** Finds out by a small question how many images can be computed at once. */
    private static int slice(InputPort port, Program program, Batch sample) {
        Optional<Integer> fixed = port.fixedBatch();
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
            program.run(input(port, x), meter);
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
        long missing = Math.max(0, port.fixedBatch().orElse(0) - examples);
        // a file made for a fixed number of images gets black ones for the missing
        Tensor output = program.run(input(port, missing == 0 ? x : withBlack(x, missing)))
                .to(torch.ScalarType.Float);
        if (output.dim() > 2) {
            output = output.flatten(1, -1);
        }
        return missing == 0 ? output : output.narrow(0, 0, examples);
    }

    private static Tensor withBlack(Tensor x, long count) {
        long[] sides = Tensors.sides(x);
        sides[0] = count;
        return torch.cat(new TensorVector(x, torch.zeros(sides)), 0);
    }

    private static Tensor input(InputPort port, Tensor x) {
        Tensor shaped = switch (port.sides().length) {
            case 2 -> x.flatten(1, -1);
            case 3 -> x.squeeze(port.layout() == Layout.NCHW ? 1 : 3);
            default -> x;
        };
        return port.type() == ElementType.DOUBLE.code() ? shaped.to(torch.ScalarType.Double) : shaped;
    }

    @Override
    protected void requireFit(ImageShape shape) {
        port.requireFit(card.name(), shape);
    }

    @Override
    protected void release() {
        program.close();
    }

    /** ONNX Runtime with the same file. */
    private record Reference(RuntimeSession runtime, OnnxFile file, ModelContract contract, boolean softmax) {
        CrossCheck compare(OnnxClassifier model, Batch batch, String inputs) {
            Logits logits = model.logits(batch);
            float[] expected = RuntimeOutputs.of(runtime, file, contract, batch).values();
            float[] actual = softmax ? softmax(logits) : logits.values();
            if (expected.length != actual.length) {
                throw new GauntletException(
                        "%s: ONNX Runtime gives %d numbers for %d images where this program gives %d; attack it with --black-box, and report this as a fault of Gauntlet."
                                .formatted(file.path(), expected.length, batch.size(), actual.length));
            }
            double largest = 0;
            double scale = 1;
            for (int i = 0; i < expected.length; i++) {
                double difference = Math.abs((double) expected[i] - actual[i]);
                // a NaN on one side alone is a difference without end
                boolean same = Float.compare(expected[i], actual[i]) == 0;
                largest = same ? largest : Math.max(largest, Double.isNaN(difference) ? Double.MAX_VALUE : difference);
                if (Float.isFinite(expected[i])) {
                    scale = Math.max(scale, Math.abs(expected[i]));
                }
            }
            double tolerance = TOLERANCE * scale;
            if (!(largest <= tolerance)) {
                throw new GauntletException(
                        "%s: the outputs differ by %.3g from those of ONNX Runtime on %s, more than %.3g; attack it with --black-box, and report this as a fault of Gauntlet."
                                .formatted(file.path(), largest, inputs, tolerance));
            }
            return new CrossCheck(OnnxRuntime.version(), inputs, batch.size(), largest, tolerance);
        }

        private static float[] softmax(Logits logits) {
            float[] values = new float[logits.values().length];
            for (int row = 0; row < logits.size(); row++) {
                int offset = row * logits.classes();
                double largest = logits.values()[offset + logits.prediction(row)];
                double sum = 0;
                for (int k = 0; k < logits.classes(); k++) {
                    sum += Math.exp(logits.values()[offset + k] - largest);
                }
                for (int k = 0; k < logits.classes(); k++) {
                    values[offset + k] = (float) (Math.exp(logits.values()[offset + k] - largest) / sum);
                }
            }
            return values;
        }
    }
}

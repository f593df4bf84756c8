package dev.gauntlet.torch;

import dev.gauntlet.GauntletException;
import dev.gauntlet.data.Batch;
import dev.gauntlet.data.ImageShape;
import dev.gauntlet.data.Layout;
import dev.gauntlet.loss.Loss;
import dev.gauntlet.model.DifferentiableClassifier;
import dev.gauntlet.model.Gradient;
import dev.gauntlet.model.InputSpec;
import dev.gauntlet.model.Logits;
import dev.gauntlet.model.OutputKind;
import dev.gauntlet.model.RawOutputs;
import java.util.List;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * The base of all models that libtorch computes: arrays in, arrays out, and no native handles for the caller.
 *
 * <p>A large batch is computed in slices of a fixed size, so a result does not depend on the size of the batch.
 *
 * <p>It is public for modules that add a kind of model; applications use their models as {@link
 * DifferentiableClassifier}.
 */
public abstract class TorchClassifier implements DifferentiableClassifier {
    private final int sliceSize;
    private final InputSpec contract;
    private final Layout layout;
    private final OutputKind kind;
    private final int classes;

    /**
     * Held for reading while computing, so that closing waits: freeing memory during a computation would crash the
     * process.
     */
    private final ReentrantReadWriteLock use = new ReentrantReadWriteLock();

    private boolean closed;

    /**
     * Creates the classifier.
     *
     * @param sliceSize the number of examples per slice, unless {@link #sliceSize} depends on the shape of the images
     * @param contract the preprocessing that the model expects
     * @param layout the layout of the input, which overrides that of the contract
     * @param kind the meaning of the outputs
     * @param classes the number of classes; used only if the model returns only the class
     */
    protected TorchClassifier(int sliceSize, InputSpec contract, Layout layout, OutputKind kind, int classes) {
        Libtorch.load();
        this.sliceSize = sliceSize;
        this.contract = contract;
        this.layout = layout;
        this.kind = kind;
        this.classes = classes;
    }

    /**
     * Computes the outputs of some examples.
     *
     * @param x the preprocessed images, in the model's layout
     * @return a tensor with one row per example; additional dimensions of length 1 are allowed
     */
    protected abstract Tensor forward(Tensor x);

    /**
     * Throws an exception if the model is for other images.
     *
     * @param shape the shape of the images
     */
    protected abstract void requireFit(ImageShape shape);

    /**
     * Returns the number of examples per slice.
     *
     * @param shape the shape of the images
     * @return the number, which depends only on the shape
     */
    protected int sliceSize(ImageShape shape) {
        return sliceSize;
    }

    /** Frees the native memory; called once, when no computation is running. */
    protected abstract void release();

    @Override
    public final Logits logits(Batch batch) {
        return compute(batch, () -> {
            Output output = new Output(batch);
            int slice = sliceSize(batch.shape());
            for (int first = 0; first < batch.size(); first += slice) {
                int examples = Math.min(slice, batch.size() - first);
                try (PointerScope scope = new PointerScope();
                        NoGradGuard guard = new NoGradGuard()) {
                    output.copy(logits(forward(given(input(batch, first, examples))), examples), first, examples);
                }
            }
            return output.logits();
        });
    }

    /**
     * Computes the raw outputs of the model, before they are converted to logits.
     *
     * @param batch the images
     * @return the outputs
     */
    public final RawOutputs outputs(Batch batch) {
        return compute(batch, () -> {
            Output output = new Output(batch);
            boolean integers = false;
            int slice = sliceSize(batch.shape());
            for (int first = 0; first < batch.size(); first += slice) {
                int examples = Math.min(slice, batch.size() - first);
                try (PointerScope scope = new PointerScope();
                        NoGradGuard guard = new NoGradGuard()) {
                    Tensor raw = forward(given(input(batch, first, examples)));
                    integers = !raw.is_floating_point();
                    output.copy(OutputTensors.matrix(card().name(), raw, examples), first, examples);
                }
            }
            return new RawOutputs(output.columns(), output.values(), integers);
        });
    }

    private Tensor logits(Tensor raw, int examples) {
        return OutputTensors.logits(card().name(), kind, OutputTensors.matrix(card().name(), raw, examples), classes);
    }

    @Override
    public final boolean givesOnlyClasses() {
        return kind == OutputKind.CLASS_NUMBERS;
    }

    @Override
    public final Gradient gradient(Batch batch, IntFunction<? extends Loss> lossOfRow) {
        return compute(batch, () -> computeGradient(batch, lossOfRow));
    }

    @Override
    public final void close() {
        use.writeLock().lock();
        try {
            if (!closed) {
                closed = true;
                release();
            }
        } finally {
            use.writeLock().unlock();
        }
    }

    /** Runs native code on a batch that the model takes, unless the model is closed. */
    final <T> T compute(Batch batch, Supplier<T> work) {
        use.readLock().lock();
        try {
            if (closed) {
                throw new IllegalStateException("The model %s is closed.".formatted(card().name()));
            }
            contract.requireFit(batch.shape());
            requireFit(batch.shape());
            return Libtorch.call("The model %s failed on images of %s".formatted(card().name(), batch.shape()), work);
        } finally {
            use.readLock().unlock();
        }
    }

    private Gradient computeGradient(Batch batch, IntFunction<? extends Loss> lossOfRow) {
        Output output = new Output(batch);
        double[] losses = new double[batch.size()];
        float[] pixels = new float[batch.pixels().length];
        int slice = sliceSize(batch.shape());
        for (int first = 0; first < batch.size(); first += slice) {
            int examples = Math.min(slice, batch.size() - first);
            try (PointerScope scope = new PointerScope()) {
                Tensor x = input(batch, first, examples).set_requires_grad(true);
                Tensor logits = logits(forward(given(x)), examples);
                float[] values = output.copy(logits, first, examples);
                if (!logits.requires_grad()) {
                    throw new GauntletException(
                            "The logits of the model %s have no gradient with respect to the images; export it without detach, no_grad and rounding."
                                    .formatted(card().name()));
                }
                int columns = output.columns();
                float[] derivative = new float[examples * columns];
                for (int row = 0; row < examples; row++) {
                    losses[first + row] = lossOfRow
                            .apply(first + row)
                            .valueAndDerivative(
                                    values, row * columns, columns, batch.labels()[first + row], derivative);
                }
                Tensor weights = torch.from_blob(
                        Libtorch.copy(derivative, 0, derivative.length), new long[] {examples, columns});
                Tensor gradient = new Tensor(
                        Libtorch.gradients(logits, weights, new TensorVector(x)).get(0));
                Libtorch.copy(gradient, pixels, first * batch.shape().size());
            }
        }
        return new Gradient(output.logits(), losses, pixels);
    }

    /** Copies a slice of the batch into a tensor, which the enclosing scope frees. */
    private static Tensor input(Batch batch, int first, int examples) {
        ImageShape shape = batch.shape();
        FloatPointer pixels = Libtorch.copy(batch.pixels(), first * shape.size(), examples * shape.size());
        long[] sizes = {examples, shape.channels(), shape.height(), shape.width()};
        if (shape.channels() == 1) {
            // with one channel the same memory is also channels-last, which is faster for convolutions
            long row = shape.width();
            return torch.from_blob(pixels, sizes, shape.size(), 1, row, 1);
        }
        return torch.from_blob(pixels, sizes);
    }

    /** Preprocesses raw pixels for the model. */
    final Tensor given(Tensor x) {
        Tensor value = x;
        if (!contract.isIdentity()) {
            int channels = Math.toIntExact(x.size(1));
            if (contract.inputMax() != 1) {
                value = value.mul(new Scalar(contract.inputMax()));
            }
            value = value.sub(perChannel(contract.means(channels))).div(perChannel(contract.deviations(channels)));
        }
        return layout == Layout.NCHW ? value : value.permute(0, 2, 3, 1);
    }

    private static Tensor perChannel(List<Double> values) {
        float[] numbers = new float[values.size()];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = values.get(i).floatValue();
        }
        return torch.from_blob(Libtorch.copy(numbers, 0, numbers.length), new long[] {1, numbers.length, 1, 1});
    }

    /** Collects the rows of a batch slice by slice; their length is known after the first slice. */
    private static final class Output {
        private final Batch batch;
        private int columns;
        private float[] values = new float[0];

        Output(Batch batch) {
            this.batch = batch;
        }

        int columns() {
            return columns;
        }

        float[] values() {
            return values;
        }

        /** Stores the rows of a slice and returns them. */
        float[] copy(Tensor matrix, int first, int examples) {
            if (first == 0) {
                columns = Math.toIntExact(matrix.size(1));
                values = new float[Math.multiplyExact(batch.size(), columns)];
            }
            float[] slice = new float[examples * columns];
            Libtorch.copy(matrix, slice, 0);
            System.arraycopy(slice, 0, values, first * columns, slice.length);
            return slice;
        }

        Logits logits() {
            // an empty batch has no logits, whatever the number of classes; 2 is the smallest that a model may have
            return new Logits(batch.size() == 0 ? 2 : columns, values);
        }
    }
}

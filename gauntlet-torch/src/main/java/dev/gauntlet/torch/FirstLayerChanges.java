package dev.gauntlet.torch;

import dev.gauntlet.data.Batch;
import dev.gauntlet.model.ChangingImages;
import dev.gauntlet.model.Logits;
import java.util.Arrays;
import java.util.List;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/**
 * Computes a network whose first layer is fully connected for images that change by a few pixels at a time: only what the changed
 * pixels add to the outputs of that layer is computed.
 *
 * <p>The outputs of the first layer are computed in full again from time to time, so rounding errors do not accumulate, and
 * so are candidates that change many pixels, and candidates whose two largest logits are so close that rounding could decide
 * between them.
 */
final class FirstLayerChanges implements ChangingImages {
    /** The number of questions after which everything is computed in full again. */
    private static final int FRESH = 100;

    /** A candidate that changes more than one pixel in this many is computed in full, which is faster then. */
    private static final int FEW = 6;

    /** Two logits that differ by less, relative to the larger one if that exceeds 1, may be equal but for rounding. */
    private static final double CLOSE = 1e-4;

    private final NetworkClassifier model;

    /** The weight of the first layer, ordered by its inputs. */
    private final float[] weight;

    private final List<Layer> laterLayers;
    private final List<Tensor> parameters;
    private final int width;

    /** The accepted images, and the outputs of the first layer for them. */
    private float[] pixels = {};

    private float[] outputs = {};

    /** Whether an image of an example was ever accepted. */
    private boolean[] isKnown = {};

    /** The outputs of the first layer for the last candidates. */
    private float[] candidateOutputs = {};

    private int questions;

    /**
     * Begins a series of questions.
     *
     * @param weight the weight of the first layer, ordered by its inputs
     * @param laterLayers the layers after the first one
     * @param parameters weight and bias of all layers
     */
    FirstLayerChanges(NetworkClassifier model, float[] weight, List<Layer> laterLayers, List<Tensor> parameters) {
        this.model = model;
        this.weight = weight;
        this.laterLayers = laterLayers;
        this.parameters = parameters;
        this.width = Math.toIntExact(parameters.get(1).numel());
    }

    @Override
    public Logits logits(Batch candidates) {
        return model.compute(candidates, () -> {
            int size = candidates.size();
            int length = candidates.shape().size();
            if (isKnown.length != size) {
                pixels = new float[size * length];
                outputs = new float[size * width];
                isKnown = new boolean[size];
            }
            if (++questions % FRESH == 0) {
                outputs = firstLayer(pixels, size);
            }
            candidateOutputs = outputs.clone();
            int[] inFull = new int[size];
            int count = 0;
            int[] changed = new int[length];
            for (int row = 0; row < size; row++) {
                int changes = isKnown[row] ? changes(candidates.pixels(), row * length, changed) : length;
                if (changes > length / FEW) {
                    inFull[count++] = row;
                } else {
                    add(candidates.pixels(), row, length, changed, changes);
                }
            }
            computeInFull(candidates, Arrays.copyOf(inFull, count));
            Logits logits = later(candidateOutputs, size);
            int[] close = close(logits);
            if (close.length > 0) {
                computeInFull(candidates, close);
                logits = later(candidateOutputs, size);
            }
            return logits;
        });
    }

    /** Finds the pixels of a candidate that differ from the accepted image, and returns their number. */
    private int changes(float[] candidates, int offset, int[] changed) {
        int count = 0;
        for (int i = 0; i < changed.length; i++) {
            changed[count] = i;
            count += candidates[offset + i] == pixels[offset + i] ? 0 : 1;
            if (count == changed.length) {
                break;
            }
        }
        return count;
    }

    /** Adds what changed pixels add to the outputs of the first layer, four pixels at a time to save memory accesses. */
    private void add(float[] candidates, int row, int length, int[] changed, int count) {
        float[] target = candidateOutputs;
        int at = row * width;
        int i = 0;
        for (; i + 3 < count; i += 4) {
            float first = change(candidates, row * length + changed[i]);
            float second = change(candidates, row * length + changed[i + 1]);
            float third = change(candidates, row * length + changed[i + 2]);
            float fourth = change(candidates, row * length + changed[i + 3]);
            int from1 = changed[i] * width;
            int from2 = changed[i + 1] * width;
            int from3 = changed[i + 2] * width;
            int from4 = changed[i + 3] * width;
            for (int k = 0; k < width; k++) {
                target[at + k] += first * weight[from1 + k]
                        + second * weight[from2 + k]
                        + third * weight[from3 + k]
                        + fourth * weight[from4 + k];
            }
        }
        for (; i < count; i++) {
            float change = change(candidates, row * length + changed[i]);
            int from = changed[i] * width;
            for (int k = 0; k < width; k++) {
                target[at + k] += change * weight[from + k];
            }
        }
    }

    private float change(float[] candidates, int pixel) {
        return candidates[pixel] - pixels[pixel];
    }

    private void computeInFull(Batch candidates, int[] rows) {
        if (rows.length == 0) {
            return;
        }
        float[] some = rows.length == candidates.size()
                ? firstLayer(candidates.pixels(), rows.length)
                : firstLayer(candidates.select(rows).pixels(), rows.length);
        for (int i = 0; i < rows.length; i++) {
            System.arraycopy(some, i * width, candidateOutputs, rows[i] * width, width);
        }
    }

    /** Returns the rows whose prediction rounding could change. */
    private static int[] close(Logits logits) {
        int classes = logits.classes();
        int[] close = new int[logits.size()];
        int count = 0;
        for (int row = 0; row < close.length; row++) {
            double largest = Double.NEGATIVE_INFINITY;
            double second = Double.NEGATIVE_INFINITY;
            for (int k = row * classes; k < (row + 1) * classes; k++) {
                double logit = logits.values()[k];
                second = Math.max(second, Math.min(largest, logit));
                largest = Math.max(largest, logit);
            }
            // written so that a NaN counts as close
            if (!(largest - second > CLOSE * Math.max(1, Math.abs(largest)))) {
                close[count++] = row;
            }
        }
        return Arrays.copyOf(close, count);
    }

    private float[] firstLayer(float[] images, int size) {
        try (PointerScope scope = new PointerScope();
                NoGradGuard guard = new NoGradGuard()) {
            float[] values = new float[size * width];
            Tensor x =
                    torch.from_blob(Libtorch.copy(images, 0, images.length), new long[] {size, images.length / size});
            Libtorch.copy(torch.linear(x, parameters.get(0), new TensorOptional(parameters.get(1))), values, 0);
            return values;
        }
    }

    private Logits later(float[] firstOutputs, int size) {
        try (PointerScope scope = new PointerScope();
                NoGradGuard guard = new NoGradGuard()) {
            Tensor h = torch.from_blob(Libtorch.copy(firstOutputs, 0, firstOutputs.length), new long[] {size, width});
            Tensor logits = ForwardPass.compute(
                    laterLayers, h, parameters.subList(2, parameters.size()), ForwardPass.Mode.INFERENCE);
            float[] values = new float[Math.toIntExact(logits.numel())];
            Libtorch.copy(logits, values, 0);
            return new Logits(values.length / size, values);
        }
    }

    @Override
    public void accept(Batch candidates, int[] rows) {
        int length = candidates.shape().size();
        for (int row : rows) {
            System.arraycopy(candidates.pixels(), row * length, pixels, row * length, length);
            System.arraycopy(candidateOutputs, row * width, outputs, row * width, width);
            isKnown[row] = true;
        }
    }

    @Override
    public void select(int[] rows) {
        int length = isKnown.length == 0 ? 0 : pixels.length / isKnown.length;
        float[] somePixels = new float[rows.length * length];
        float[] someOutputs = new float[rows.length * width];
        boolean[] known = new boolean[rows.length];
        for (int i = 0; i < rows.length; i++) {
            System.arraycopy(pixels, rows[i] * length, somePixels, i * length, length);
            System.arraycopy(outputs, rows[i] * width, someOutputs, i * width, width);
            known[i] = isKnown[rows[i]];
        }
        pixels = somePixels;
        outputs = someOutputs;
        isKnown = known;
    }
}

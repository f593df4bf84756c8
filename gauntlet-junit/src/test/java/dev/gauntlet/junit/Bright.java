package dev.gauntlet.junit;

import dev.gauntlet.data.Batch;
import dev.gauntlet.data.DataOrigin;
import dev.gauntlet.data.Dataset;
import dev.gauntlet.data.ImageShape;
import dev.gauntlet.data.InMemoryDataset;
import dev.gauntlet.loss.Loss;
import dev.gauntlet.model.DifferentiableClassifier;
import dev.gauntlet.model.Gradient;
import dev.gauntlet.model.InputSpec;
import dev.gauntlet.model.Logits;
import dev.gauntlet.model.ModelCard;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntFunction;

/**
 * Tells which of two pixels is brighter: the logits are the pixels times 10.
 *
 * <p>An L-infinity budget takes twice its radius from the difference of the pixels, so it is known by hand what stands.
 */
final class Bright implements DifferentiableClassifier {
    private static final float SLOPE = 10;

    /** The two pixels that the first half of the examples has: their difference, 0.4, stands 0.1. */
    private static final byte[] CLEAR = {(byte) 178, 76};

    /** Those of the second half, whose difference of 0.1 does not. */
    private static final byte[] FAINT = {(byte) 140, 114};

    /** Makes examples of two classes in turn, of which the first half stands 0.1. */
    static Dataset data(int examples) {
        byte[] labels = new byte[examples];
        byte[] pixels = new byte[2 * examples];
        for (int id = 0; id < examples; id++) {
            byte[] pair = 2 * id < examples ? CLEAR : FAINT;
            labels[id] = (byte) (id % 2);
            pixels[2 * id] = pair[id % 2];
            pixels[2 * id + 1] = pair[1 - id % 2];
        }
        return new InMemoryDataset(
                new DataOrigin("pairs", "test", "a test", Map.of(), Optional.empty()),
                new ImageShape(1, 1, 2),
                List.of("left", "right"),
                labels,
                pixels);
    }

    @Override
    public ModelCard card() {
        return new ModelCard("bright", "linear 2", "plain Java", InputSpec.RAW);
    }

    @Override
    public Logits logits(Batch batch) {
        float[] values = new float[batch.pixels().length];
        for (int i = 0; i < values.length; i++) {
            values[i] = SLOPE * batch.pixels()[i];
        }
        return new Logits(2, values);
    }

    @Override
    public Gradient gradient(Batch batch, IntFunction<? extends Loss> lossOfRow) {
        Logits logits = logits(batch);
        float[] derivative = new float[logits.values().length];
        double[] losses = new double[batch.size()];
        for (int row = 0; row < batch.size(); row++) {
            losses[row] = lossOfRow
                    .apply(row)
                    .valueAndDerivative(logits.values(), row * 2, 2, batch.labels()[row], derivative);
        }
        for (int i = 0; i < derivative.length; i++) {
            derivative[i] *= SLOPE;
        }
        return new Gradient(logits, losses, derivative);
    }

    @Override
    public void close() {}
}

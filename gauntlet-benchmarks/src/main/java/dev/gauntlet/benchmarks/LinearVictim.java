package dev.gauntlet.benchmarks;

import dev.gauntlet.data.Batch;
import dev.gauntlet.loss.Loss;
import dev.gauntlet.model.DifferentiableClassifier;
import dev.gauntlet.model.Gradient;
import dev.gauntlet.model.Logits;
import dev.gauntlet.model.ModelCard;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.function.IntFunction;

/**
 * A linear model with random weights that costs little compared with an attack and always predicts class 0 with a large
 * margin, so every attack takes all its steps on every image.
 */
final class LinearVictim implements DifferentiableClassifier {
    private final int classes;
    private final int length;
    private final float[] weights;

    LinearVictim(int classes, int length) {
        this.classes = classes;
        this.length = length;
        weights = new float[classes * length];
        SplittableRandom random = new SplittableRandom(0);
        for (int i = 0; i < weights.length; i++) {
            weights[i] = (float) random.nextDouble(-.01, .01);
        }
    }

    @Override
    public ModelCard card() {
        return new ModelCard(
                "victim", "linear", weights.length, "0".repeat(64), Optional.empty(), "Java", Optional.empty());
    }

    @Override
    public Logits logits(Batch batch) {
        float[] values = new float[batch.size() * classes];
        for (int row = 0; row < batch.size(); row++) {
            for (int k = 0; k < classes; k++) {
                values[row * classes + k] = (k == 0 ? 20 : 0) + weighted(batch.pixels(), row * length, k);
            }
        }
        return new Logits(classes, values);
    }

    private float weighted(float[] pixels, int offset, int k) {
        float sum = 0;
        for (int i = 0; i < length; i++) {
            sum += weights[k * length + i] * pixels[offset + i];
        }
        return sum;
    }

    @Override
    public Gradient gradient(Batch batch, IntFunction<? extends Loss> lossOfRow) {
        Logits logits = logits(batch);
        float[] byLogits = new float[logits.values().length];
        double[] losses = new double[batch.size()];
        float[] byPixels = new float[batch.size() * length];
        for (int row = 0; row < batch.size(); row++) {
            losses[row] = lossOfRow
                    .apply(row)
                    .valueAndDerivative(logits.values(), row * classes, classes, batch.labels()[row], byLogits);
            for (int k = 0; k < classes; k++) {
                float byLogit = byLogits[row * classes + k];
                for (int i = 0; i < length; i++) {
                    byPixels[row * length + i] += byLogit * weights[k * length + i];
                }
            }
        }
        return new Gradient(logits, losses, byPixels);
    }

    @Override
    public void close() {}
}

package dev.gauntlet.torch.objective;

import dev.gauntlet.RandomKey;
import dev.gauntlet.data.Batch;
import dev.gauntlet.data.ImageShape;
import dev.gauntlet.model.DifferentiableClassifier;
import dev.gauntlet.model.Logits;
import java.util.Arrays;
import java.util.stream.IntStream;

/** A step whose network gives fixed logits: one table for the clean images, which are black, and one for white images. */
final class TwoAnswers implements TrainingStep {
    private static final ImageShape SHAPE = new ImageShape(1, 1, 1);

    private final Batch clean;
    private final HandNet.Recorded ofClean;
    private final HandNet.Recorded ofAttacked;

    TwoAnswers(int[] labels, double[][] clean, double[][] attacked) {
        this.clean = new Batch(SHAPE, IntStream.range(0, labels.length).toArray(), labels, new float[labels.length]);
        this.ofClean = new HandNet.Recorded(this.clean.pixels(), table(clean));
        this.ofAttacked = new HandNet.Recorded(attackedPixels(), table(attacked));
    }

    private static Logits table(double[][] rows) {
        int classes = rows[0].length;
        float[] values = new float[rows.length * classes];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) rows[i / classes][i % classes];
        }
        return new Logits(classes, values);
    }

    float[] attackedPixels() {
        float[] white = new float[clean.size()];
        Arrays.fill(white, 1);
        return white;
    }

    /** Returns what is to be propagated back through the answers of the clean or of the white images. */
    float[] derivative(boolean ofCleanImages) {
        return (ofCleanImages ? ofClean : ofAttacked).derivative;
    }

    @Override
    public Pass forward(float[] pixels) {
        return pixels[0] == 0 ? ofClean : ofAttacked;
    }

    @Override
    public Batch clean() {
        return clean;
    }

    @Override
    public double progress() {
        return 0;
    }

    @Override
    public RandomKey randomness(int row) {
        throw new AssertionError("the loss draws nothing");
    }

    @Override
    public DifferentiableClassifier model() {
        throw new AssertionError("the loss needs no attack");
    }

    @Override
    public Pass worstLogits(float[] lower, float[] upper, double linearShare) {
        throw new AssertionError("the loss needs no bounds");
    }
}

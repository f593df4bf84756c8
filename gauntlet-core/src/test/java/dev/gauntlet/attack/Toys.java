package dev.gauntlet.attack;

import dev.gauntlet.attack.kit.AttackResult;
import dev.gauntlet.data.Batch;
import dev.gauntlet.data.ImageShape;
import dev.gauntlet.model.Classifier;
import dev.gauntlet.model.Logits;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/** Small random models and images for attacks that see logits only. */
final class Toys {
    /** A model that says class 0 whatever it sees. */
    static final LogitsOnly NEVER_FOOLED = new LogitsOnly(2, x -> new float[] {1, 0});

    private Toys() {}

    static double[][] weights(SplittableRandom random, int outputs, int inputs) {
        double[][] weights = new double[outputs][];
        Arrays.setAll(weights, k -> random.doubles(inputs, -1, 1).toArray());
        return weights;
    }

    /** Draws images of class 0 with numbers that are no rows. */
    static Batch images(SplittableRandom random, ImageShape shape, int size, double darkest, double brightest) {
        float[] pixels = new float[size * shape.size()];
        for (int i = 0; i < pixels.length; i++) {
            pixels[i] = (float) random.nextDouble(darkest, brightest);
        }
        int[] ids = IntStream.range(0, size).map(row -> 500 - 3 * row).toArray();
        return new Batch(shape, ids, new int[size], pixels);
    }

    /** Makes images of one colour with the given ids, of class 0. */
    static Batch plain(ImageShape shape, float colour, int... ids) {
        float[] pixels = new float[ids.length * shape.size()];
        Arrays.fill(pixels, colour);
        return new Batch(shape, ids, new int[ids.length], pixels);
    }

    /** Returns the same images with what a model says of them as their true classes. */
    static Batch asPredicted(Classifier model, Batch batch) {
        return new Batch(batch.shape(), batch.ids(), predictions(model, batch), batch.pixels());
    }

    static int[] predictions(Classifier model, Batch batch) {
        Logits logits = model.logits(batch);
        return IntStream.range(0, batch.size()).map(logits::prediction).toArray();
    }

    static int successes(AttackResult result) {
        return (int) IntStream.range(0, result.success().length)
                .filter(row -> result.success()[row])
                .count();
    }

    static float[] example(float[] pixels, int row, int length) {
        return Arrays.copyOfRange(pixels, row * length, (row + 1) * length);
    }
}

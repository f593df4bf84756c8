package dev.gauntlet.attack;

import dev.gauntlet.RandomKey;
import dev.gauntlet.data.Batch;
import dev.gauntlet.data.ImageShape;
import dev.gauntlet.model.LinearModel;
import dev.gauntlet.model.Logits;
import dev.gauntlet.model.PlainModel;
import dev.gauntlet.model.TwoLayerModel;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/** A small random model with examples, of which some are misclassified already and many pixels are black or white. */
record Scene(PlainModel model, Batch batch, int classes) {
    static Scene linear(long seed, int classes, ImageShape shape, int size) {
        SplittableRandom random = RandomKey.of(seed).with("linear").generator();
        LinearModel model = new LinearModel(weights(random, classes, shape.size()), new double[classes]);
        return with(model, random, classes, shape, size);
    }

    static Scene layers(long seed, int classes, ImageShape shape, int size) {
        SplittableRandom random = RandomKey.of(seed).with("layers").generator();
        int hidden = 12;
        TwoLayerModel model = new TwoLayerModel(
                weights(random, hidden, shape.size()),
                random.doubles(hidden, -1, 1).toArray(),
                weights(random, classes, hidden),
                new double[classes]);
        return with(model, random, classes, shape, size);
    }

    /** Makes a model that sees in each class one pixel and little of the others, so that every class can be reached. */
    static Scene diagonal(long seed, int classes, int size) {
        SplittableRandom random = RandomKey.of(seed).with("diagonal").generator();
        int length = 2 * classes;
        double[][] weights = new double[classes][];
        float[] pixels = new float[size * length];
        for (int k = 0; k < classes; k++) {
            weights[k] = random.doubles(length, -.2, .2).toArray();
            weights[k][k] = 4;
        }
        for (int i = 0; i < pixels.length; i++) {
            pixels[i] = (float) random.nextDouble(.3, .6);
        }
        LinearModel model = new LinearModel(weights, new double[classes]);
        Batch unlabelled = unlabelled(new ImageShape(1, 2, classes), size, pixels);
        return new Scene(model, labelled(unlabelled, predictions(model, unlabelled)), classes);
    }

    private static Scene with(PlainModel model, SplittableRandom random, int classes, ImageShape shape, int size) {
        float[] pixels = new float[size * shape.size()];
        for (int i = 0; i < pixels.length; i++) {
            pixels[i] = random.nextInt(3) == 0 ? random.nextInt(2) : (float) random.nextDouble();
        }
        Batch unlabelled = unlabelled(shape, size, pixels);
        int[] labels = predictions(model, unlabelled);
        for (int row = 3; row < size; row += 4) {
            labels[row] = (labels[row] + 1) % classes;
        }
        return new Scene(model, labelled(unlabelled, labels), classes);
    }

    /** Numbers the examples such that no number is a row. */
    static Batch unlabelled(ImageShape shape, int size, float[] pixels) {
        return new Batch(
                shape, IntStream.range(0, size).map(row -> 1000 - 7 * row).toArray(), new int[size], pixels);
    }

    static Batch labelled(Batch batch, int... labels) {
        return new Batch(batch.shape(), batch.ids(), labels, batch.pixels());
    }

    static int[] predictions(PlainModel model, Batch batch) {
        Logits logits = model.logits(batch);
        return IntStream.range(0, batch.size()).map(logits::prediction).toArray();
    }

    private static double[][] weights(SplittableRandom random, int outputs, int inputs) {
        double[][] weights = new double[outputs][];
        Arrays.setAll(weights, k -> random.doubles(inputs, -2, 2).toArray());
        return weights;
    }
}

package dev.gauntlet.testkit;

import dev.gauntlet.RandomKey;
import dev.gauntlet.data.Batch;
import dev.gauntlet.data.ImageShape;
import dev.gauntlet.model.Classifier;
import dev.gauntlet.model.Logits;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/**
 * A small random model with random images, both determined by a seed.
 *
 * @param model the model
 * @param batch the images with their labels; their ids are not their rows
 * @param classes the number of classes
 */
public record ModelAndImages(PlainModel model, Batch batch, int classes) {
    /**
     * Creates a linear model and images, some of which are misclassified; many pixels are black or white.
     *
     * @param seed the seed of the model and the images
     * @param classes the number of classes
     * @param shape the shape of an image
     * @param size the number of images
     * @return the model with its images
     */
    public static ModelAndImages linear(long seed, int classes, ImageShape shape, int size) {
        SplittableRandom random = RandomKey.of(seed).with("linear").generator();
        LinearModel model = new LinearModel(weights(random, classes, shape.size()), new double[classes]);
        return with(model, random, classes, shape, size);
    }

    /**
     * Creates a model of two layers and images, some of which are misclassified; many pixels are black or white.
     *
     * @param seed the seed of the model and the images
     * @param classes the number of classes
     * @param shape the shape of an image
     * @param size the number of images
     * @return the model with its images
     */
    public static ModelAndImages layers(long seed, int classes, ImageShape shape, int size) {
        SplittableRandom random = RandomKey.of(seed).with("layers").generator();
        int hidden = 12;
        TwoLayerModel model = new TwoLayerModel(
                weights(random, hidden, shape.size()),
                random.doubles(hidden, -1, 1).toArray(),
                weights(random, classes, hidden),
                new double[classes]);
        return with(model, random, classes, shape, size);
    }

    /**
     * Creates a linear model in which each class depends mainly on one pixel, so that every class can be reached, and images
     * that it classifies correctly.
     *
     * @param seed the seed of the model and the images
     * @param classes the number of classes; an image has twice as many pixels
     * @param size the number of images
     * @return the model with its images
     */
    public static ModelAndImages diagonal(long seed, int classes, int size) {
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
        return new ModelAndImages(model, labelled(unlabelled, predictions(model, unlabelled)), classes);
    }

    private static ModelAndImages with(
            PlainModel model, SplittableRandom random, int classes, ImageShape shape, int size) {
        float[] pixels = new float[size * shape.size()];
        for (int i = 0; i < pixels.length; i++) {
            pixels[i] = random.nextInt(3) == 0 ? random.nextInt(2) : (float) random.nextDouble();
        }
        Batch unlabelled = unlabelled(shape, size, pixels);
        int[] labels = predictions(model, unlabelled);
        for (int row = 3; row < size; row += 4) {
            labels[row] = (labels[row] + 1) % classes;
        }
        return new ModelAndImages(model, labelled(unlabelled, labels), classes);
    }

    /**
     * Creates images of class 0, with ids that differ from their rows.
     *
     * @param shape the shape of an image
     * @param size the number of images
     * @param pixels the pixels of all images
     * @return the images
     */
    public static Batch unlabelled(ImageShape shape, int size, float[] pixels) {
        return new Batch(
                shape, IntStream.range(0, size).map(row -> 1000 - 7 * row).toArray(), new int[size], pixels);
    }

    /**
     * Returns the same images with other labels.
     *
     * @param batch the images
     * @param labels the label of each
     * @return the images with these labels
     */
    public static Batch labelled(Batch batch, int... labels) {
        return new Batch(batch.shape(), batch.ids(), labels, batch.pixels());
    }

    /**
     * Returns the predictions of a model.
     *
     * @param model the model
     * @param batch the images
     * @return the predicted class of each image
     */
    public static int[] predictions(Classifier model, Batch batch) {
        Logits logits = model.logits(batch);
        return IntStream.range(0, batch.size()).map(logits::prediction).toArray();
    }

    private static double[][] weights(SplittableRandom random, int outputs, int inputs) {
        double[][] weights = new double[outputs][];
        Arrays.setAll(weights, k -> random.doubles(inputs, -2, 2).toArray());
        return weights;
    }
}

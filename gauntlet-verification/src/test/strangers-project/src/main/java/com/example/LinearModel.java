package com.example;

import dev.gauntlet.GauntletException;
import dev.gauntlet.Setting;
import dev.gauntlet.data.Batch;
import dev.gauntlet.data.ImageShape;
import dev.gauntlet.data.Layout;
import dev.gauntlet.loss.Loss;
import dev.gauntlet.model.DifferentiableClassifier;
import dev.gauntlet.model.Gradient;
import dev.gauntlet.model.InputSpec;
import dev.gauntlet.model.Logits;
import dev.gauntlet.model.ModelCard;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.IntFunction;

/**
 * A linear softmax model: the logit of a class is its bias plus its weights times the input.
 *
 * <p>Each example is computed alone, in double precision, so its logits depend neither on the batch nor on the thread.
 *
 * <p>Example: {@code new LinearModel(Path.of("digits.linear"), LinearFile.read(path), InputSpec.RAW)}.
 */
public final class LinearModel implements DifferentiableClassifier {
    private final Path path;
    private final LinearFile file;
    private final InputSpec input;

    /**
     * Creates a model.
     *
     * @param path where the weights were read
     * @param file the weights
     * @param input the preprocessing
     * @throws GauntletException if the preprocessing is for other images, or says something that the file says itself
     */
    public LinearModel(Path path, LinearFile file, InputSpec input) {
        if (input.logits().isPresent()) {
            throw new GauntletException("%s has a single output; do not name one.".formatted(path), Setting.LOGITS);
        }
        if (input.layout().equals(Optional.of(Layout.NHWC))) {
            throw new GauntletException(
                    "%s has its weights in the order channels, rows, columns; leave out the layout.".formatted(path),
                    Setting.INPUT_LAYOUT);
        }
        input.requireFit(file.shape());
        this.path = path;
        this.file = file;
        this.input = input;
    }

    @Override
    public ModelCard card() {
        int pixels = file.shape().size();
        return new ModelCard(
                String.valueOf(path.getFileName()),
                "linear %d-%d".formatted(pixels, file.classes()),
                OptionalLong.of((pixels + 1L) * file.classes()),
                Optional.of(file.sha256()),
                Optional.of(path.toString()),
                "com.example linear 1.0",
                Optional.empty(),
                input,
                List.of(),
                List.of());
    }

    @Override
    public Optional<ImageShape> inputShape() {
        return Optional.of(file.shape());
    }

    @Override
    public Logits logits(Batch batch) {
        if (!batch.shape().equals(file.shape())) {
            throw new GauntletException(
                    "The model %s takes images of %s, not of %s.".formatted(path, file.shape(), batch.shape()));
        }
        int classes = file.classes();
        int length = file.shape().size();
        float[] given = input.apply(batch, Layout.NCHW);
        float[] logits = new float[batch.size() * classes];
        for (int row = 0; row < batch.size(); row++) {
            for (int k = 0; k < classes; k++) {
                double logit = file.bias(k);
                for (int i = 0; i < length; i++) {
                    logit += file.weight(k, i) * given[row * length + i];
                }
                logits[row * classes + k] = (float) logit;
            }
        }
        return new Logits(classes, logits);
    }

    @Override
    public Gradient gradient(Batch batch, IntFunction<? extends Loss> lossOfRow) {
        Logits logits = logits(batch);
        int classes = file.classes();
        int length = file.shape().size();
        double[] losses = new double[batch.size()];
        float[] byLogits = new float[logits.values().length];
        float[] byPixels = new float[batch.pixels().length];
        double[] scales = scales();
        for (int row = 0; row < batch.size(); row++) {
            losses[row] = lossOfRow
                    .apply(row)
                    .valueAndDerivative(logits.values(), row * classes, classes, batch.labels()[row], byLogits);
            for (int i = 0; i < length; i++) {
                double sum = 0;
                for (int k = 0; k < classes; k++) {
                    sum += file.weight(k, i) * byLogits[row * classes + k];
                }
                byPixels[row * length + i] = (float) (sum * scales[i]);
            }
        }
        return new Gradient(logits, losses, byPixels);
    }

    /** Returns the derivative of the input with respect to each pixel. */
    private double[] scales() {
        ImageShape shape = file.shape();
        List<Double> deviations = input.deviations(shape.channels());
        double[] scales = new double[shape.size()];
        for (int i = 0; i < scales.length; i++) {
            scales[i] = input.inputMax() / deviations.get(i / (shape.height() * shape.width()));
        }
        return scales;
    }

    /** Does nothing: the weights are on the Java heap. */
    @Override
    public void close() {}
}

package dev.gauntlet.onnx;

import dev.gauntlet.GauntletException;
import dev.gauntlet.data.Batch;
import dev.gauntlet.data.ImageShape;
import dev.gauntlet.model.Classifier;
import dev.gauntlet.model.DifferentiableClassifier;
import dev.gauntlet.model.InputSpec;
import dev.gauntlet.torch.Images;
import java.nio.file.Path;

/**
 * Loads ONNX models, for white-box attacks with libtorch's gradients or for black-box attacks through ONNX Runtime.
 *
 * <p>An ONNX file is data and not a program: reading one runs nothing. External data is read from the file's folder only.
 *
 * <p>Example: {@code OnnxModels.whiteBox(Path.of("model.onnx"), InputSpec.RAW, test.batch(0, 1, 2))}.
 */
public final class OnnxModels {
    private static final int RANDOM_IMAGES = 4;

    private OnnxModels() {}

    /**
     * Loads a model that can be differentiated, and compares its outputs with those of ONNX Runtime on the sample and on
     * as many random images.
     *
     * @param file the file, of operator versions 7 to 21
     * @param contract what the model wants to be given
     * @param sample a few images of the data that the model is for
     * @return the model, to be closed by the caller
     * @throws GauntletException if the file is missing, damaged, does not fit the images, has operators that are not
     *     known, or gives other outputs than ONNX Runtime
     */
    public static DifferentiableClassifier whiteBox(Path file, InputSpec contract, Batch sample) {
        return OnnxClassifier.of(OnnxFile.read(file, contract), sample, true);
    }

    /**
     * Does the same where there is no data yet; the comparison is on random images alone.
     *
     * @param file the file, which has to say how large its images are
     * @param contract what the model wants to be given
     * @return the model, to be closed by the caller
     * @throws GauntletException as with a sample, and if the file leaves the size of its images open
     */
    public static DifferentiableClassifier whiteBox(Path file, InputSpec contract) {
        OnnxFile read = OnnxFile.read(file, contract);
        return OnnxClassifier.of(read, anyImages(read), false);
    }

    /**
     * Loads a model that gives logits and nothing else.
     *
     * @param file the file, of operator versions that ONNX Runtime knows too
     * @param contract what the model wants to be given
     * @param sample a few images of the data that the model is for; they show whether it gives probabilities
     * @return the model, to be closed by the caller
     * @throws GauntletException if the file is missing, damaged, or does not fit the images
     */
    public static Classifier blackBox(Path file, InputSpec contract, Batch sample) {
        return blackBox(file, contract, sample, sample.classes());
    }

    /**
     * Loads a model that gives logits or nothing but the predicted class.
     *
     * @param file the file, of operator versions that ONNX Runtime knows too
     * @param contract what the model wants to be given
     * @param sample a few images of the data that the model is for; they show whether it gives probabilities
     * @param classes how many classes the data has; looked at only if the model gives nothing but the class
     * @return the model, to be closed by the caller
     * @throws GauntletException if the file is missing, damaged, or does not fit the images
     */
    public static Classifier blackBox(Path file, InputSpec contract, Batch sample, int classes) {
        return RuntimeClassifier.of(OnnxFile.read(file, contract), sample, classes);
    }

    /**
     * Says what is in a file, without computing anything.
     *
     * @param file the file
     * @param contract what the model wants to be given
     * @return the description
     * @throws GauntletException if the file is missing, damaged, or no classifier of images
     */
    public static OnnxDescription describe(Path file, InputSpec contract) {
        return OnnxDescription.of(OnnxFile.read(file, contract));
    }

    private static Batch anyImages(OnnxFile file) {
        ImageShape shape = file.input()
                .shape()
                .orElseThrow(() -> new GauntletException(
                        "%s does not say how large its images are; give it some of the data.".formatted(file.path())));
        int count = file.input().fit(file.name(), shape).fixedBatch().orElse(RANDOM_IMAGES);
        return Images.random(
                new Batch(shape, new int[count], new int[count], new float[Math.multiplyExact(count, shape.size())]));
    }
}

package dev.gauntlet.onnx;

import dev.gauntlet.GauntletException;
import dev.gauntlet.data.Batch;
import dev.gauntlet.data.ImageShape;
import dev.gauntlet.model.Classifier;
import dev.gauntlet.model.DifferentiableClassifier;
import dev.gauntlet.model.InputSpec;
import dev.gauntlet.torch.Images;
import dev.gauntlet.torch.NativeCode;
import java.nio.file.Path;

/**
 * Loads ONNX models, for white-box attacks with libtorch's gradients or for black-box attacks through ONNX Runtime.
 *
 * <p>An ONNX file is data, not a program: reading it runs no code. External data is read only from the file's folder.
 *
 * <p>Example: {@code OnnxModels.whiteBox(Path.of("model.onnx"), InputSpec.RAW, test.batch(0, 1, 2))}.
 */
public final class OnnxModels {
    private static final int RANDOM_IMAGES = 4;

    private OnnxModels() {}

    /**
     * Loads a differentiable model, and compares its outputs with those of ONNX Runtime on the sample and on the same
     * number of random images.
     *
     * @param file the file, with opset 7 to 21
     * @param contract the preprocessing that the model expects
     * @param sample a few images of the model's data
     * @return the model, to be closed by the caller
     * @throws GauntletException if the file is missing or damaged, does not fit the images, has unsupported operators,
     *     or its outputs differ from those of ONNX Runtime
     */
    public static DifferentiableClassifier whiteBox(Path file, InputSpec contract, Batch sample) {
        return OnnxClassifier.of(OnnxFile.read(file, contract), sample, true);
    }

    /**
     * Does the same without data; the comparison uses only random images.
     *
     * @param file the file, which must define the shape of its images
     * @param contract the preprocessing that the model expects
     * @return the model, to be closed by the caller
     * @throws GauntletException as with a sample, and if the file does not define the shape of its images
     */
    public static DifferentiableClassifier whiteBox(Path file, InputSpec contract) {
        OnnxFile read = OnnxFile.read(file, contract);
        return OnnxClassifier.of(read, anyImages(read), false);
    }

    /**
     * Loads a black-box model that returns only logits.
     *
     * @param file the file, with an opset that ONNX Runtime supports
     * @param contract the preprocessing that the model expects
     * @param sample a few images of the model's data, which show whether it returns probabilities
     * @return the model, to be closed by the caller
     * @throws GauntletException if the file is missing, damaged, or does not fit the images
     */
    public static Classifier blackBox(Path file, InputSpec contract, Batch sample) {
        return blackBox(file, contract, sample, sample.classes());
    }

    /**
     * Loads a black-box model that returns logits or only the predicted class.
     *
     * @param file the file, with an opset that ONNX Runtime supports
     * @param contract the preprocessing that the model expects
     * @param sample a few images of the model's data, which show whether it returns probabilities
     * @param classes the number of classes of the data; used only if the model returns only the class
     * @return the model, to be closed by the caller
     * @throws GauntletException if the file is missing, damaged, or does not fit the images
     */
    public static Classifier blackBox(Path file, InputSpec contract, Batch sample, int classes) {
        return RuntimeClassifier.of(OnnxFile.read(file, contract), sample, classes);
    }

    /**
     * Describes a file without computing anything.
     *
     * @param file the file
     * @param contract the preprocessing that the model expects
     * @return the description
     * @throws GauntletException if the file is missing, damaged, or not an image classifier
     */
    public static OnnxDescription describe(Path file, InputSpec contract) {
        NativeCode.require();
        return OnnxDescription.of(OnnxFile.read(file, contract));
    }

    private static Batch anyImages(OnnxFile file) {
        ImageShape shape = file.input()
                .shape()
                .orElseThrow(() -> new GauntletException(
                        "%s does not define the shape of its images; load it with some of the data."
                                .formatted(file.path())));
        int count = file.input().fit(file.name(), shape).fixedBatch().orElse(RANDOM_IMAGES);
        return Images.random(
                new Batch(shape, new int[count], new int[count], new float[Math.multiplyExact(count, shape.size())]));
    }
}

package dev.gauntlet.format;

import dev.gauntlet.FilePath;
import dev.gauntlet.GauntletException;
import dev.gauntlet.Setting;
import dev.gauntlet.data.Dataset;
import dev.gauntlet.data.DatasetLoader;
import dev.gauntlet.data.ImageShape;
import dev.gauntlet.data.Layout;
import dev.gauntlet.data.NamedDataset;
import dev.gauntlet.model.Classifier;
import dev.gauntlet.request.Access;
import dev.gauntlet.request.DataRef;
import dev.gauntlet.request.EvaluationRequest;
import dev.gauntlet.request.ModelRef;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * The model and the data that a request names, opened with the formats on the class path.
 *
 * <p>Example: {@code try (OpenedRequest opened = OpenedRequest.of(request, System.getenv())) {
 * evaluator.evaluate(opened.model(), opened.data(), request); }}.
 *
 * @param model the model
 * @param data the examples, as images of the shape that the model takes
 */
public record OpenedRequest(Classifier model, Dataset data) implements AutoCloseable {
    /**
     * Opens what a request names.
     *
     * @param request the request
     * @param environment the environment variables, which say where data sets are and may hold the secrets of an address
     * @return the open model and data, to be closed by the caller
     * @throws GauntletException if the model or the data is missing, damaged, or not the one that the request names, or if
     *     only the program that made it has it
     */
    public static OpenedRequest of(EvaluationRequest request, Map<String, String> environment) {
        ModelFormat format = format(request.model());
        ModelDescription description =
                format.describe(request.model(), ModelUse.withoutData().in(environment));
        Dataset read = read(request.data(), description::shape, environment);
        request.data().requireSame(read.origin());
        Dataset data = laidOut(read, description.shape().filter(shape -> !shape.isFlat()), description.layout());
        return open(format, request, data, environment);
    }

    /**
     * Opens the model that a request names for examples that are open already.
     *
     * @param request the request
     * @param data the examples, as images of the shape that the model takes
     * @param environment the environment variables, which may hold the secrets of an address
     * @return the open model and data, to be closed by the caller
     * @throws GauntletException if the model is missing, damaged, or not the one that the request names, if the data is not
     *     that of the request, or if only the program that made the model has it
     */
    public static OpenedRequest on(EvaluationRequest request, Dataset data, Map<String, String> environment) {
        request.data().requireSame(data.origin());
        return open(format(request.model()), request, data, environment);
    }

    private static OpenedRequest open(
            ModelFormat format, EvaluationRequest request, Dataset data, Map<String, String> environment) {
        ModelUse use = ModelUse.of(data).in(environment);
        Classifier model = request.access() == Access.BLACK_BOX
                ? format.openBlackBox(request.model(), use)
                : format.openWhiteBox(request.model(), use);
        try {
            request.model().requireSame(model.card());
            return new OpenedRequest(model, laidOut(data, model.inputShape(), Layout.NCHW));
        } catch (RuntimeException e) {
            model.close();
            throw e;
        }
    }

    /**
     * Turns rows of numbers, as a CSV file has them, into the images that a model takes.
     *
     * @param data the examples
     * @param input the shape of the images that the model takes, where it is known
     * @param order the order of the numbers of an image
     * @return the examples as images; unchanged if they are images, or have another size than those of the model
     */
    public static Dataset laidOut(Dataset data, Optional<ImageShape> input, Layout order) {
        return input.filter(shape ->
                        data.shape().isFlat() && shape.size() == data.shape().size())
                .map(shape -> data.laidOut(shape, order))
                .orElse(data);
    }

    private static ModelFormat format(ModelRef model) {
        if (model instanceof ModelRef.InProcess made) {
            throw new GauntletException(
                    "The model %s was made by a Java program, and only that program has it; name the file or the address of a model."
                            .formatted(made.name()));
        }
        if (model instanceof ModelRef.Trained) {
            throw new GauntletException(
                    "The request trains its own network; train it first, and name the file of its weights.");
        }
        return ModelFormats.of(model);
    }

    private static Dataset read(DataRef data, Supplier<Optional<ImageShape>> model, Map<String, String> environment) {
        if (data instanceof DataRef.Files files) {
            return DataFormats.open(files, model);
        }
        if (data instanceof DataRef.Named named) {
            DatasetLoader standard = DatasetLoader.of(environment);
            DatasetLoader loader = named.folder()
                    .map(folder -> standard.withFolder(FilePath.of(folder)))
                    .orElse(standard);
            return named.dataset().map(loader::loadTest).orElseGet(() -> loader.loadTestOrDigits(NamedDataset.MNIST));
        }
        throw new GauntletException(
                "The data was made by a Java program, and only that program has it; name other data.",
                Setting.DATA,
                Setting.DATASET);
    }

    @Override
    public void close() {
        model.close();
    }
}

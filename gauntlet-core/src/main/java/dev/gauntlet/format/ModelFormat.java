package dev.gauntlet.format;

import dev.gauntlet.FilePath;
import dev.gauntlet.GauntletException;
import dev.gauntlet.model.Classifier;
import dev.gauntlet.model.DifferentiableClassifier;
import dev.gauntlet.request.ModelRef;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * A kind of model that can be opened: one for each engine, found by {@link java.util.ServiceLoader}.
 *
 * <p>An engine of one's own is a module with an implementation of this interface and a file {@code
 * META-INF/services/dev.gauntlet.format.ModelFormat} that names it; with that module on its class path every program of this
 * project opens such models. {@code ClassifierContract} of {@code gauntlet-testkit} proves what they have to keep.
 */
public interface ModelFormat {
    /**
     * Returns what models of this kind are called in messages.
     *
     * @return the name, such as {@code ONNX}
     */
    String name();

    /**
     * Tells whether a model is of this kind, without opening it; a file by its content and, where that does not tell, as of a
     * damaged file, by its name.
     *
     * @param model the model
     * @return whether it is; false where there is no such file
     */
    boolean takes(ModelRef model);

    /**
     * Says what a model is that no engine takes, if this engine can see it.
     *
     * @param model the model
     * @return a sentence that says what it is and what to do
     */
    default Optional<String> explain(ModelRef model) {
        return Optional.empty();
    }

    /**
     * Returns the files of a model that has any: the one that is named, and those that it refers to.
     *
     * @param model a model of this kind
     * @return the files, the named one first; all others are in its folder or below
     * @throws GauntletException if the model is missing or damaged
     */
    default List<Path> files(ModelRef model) {
        return model instanceof ModelRef.File file ? List.of(FilePath.of(file.path())) : List.of();
    }

    /**
     * Says what is known of a model before it is opened.
     *
     * @param model a model of this kind
     * @param use what it is going to be opened for; needs no sample
     * @return the description
     * @throws GauntletException if the model is missing or damaged, or a setting does not go with it
     */
    ModelDescription describe(ModelRef model, ModelUse use);

    /**
     * Opens a model with its gradients.
     *
     * @param model a model of this kind
     * @param use what it is opened for
     * @return the model, to be closed by the caller
     * @throws GauntletException if the model is missing or damaged, does not fit the data, or has no gradient
     */
    DifferentiableClassifier openWhiteBox(ModelRef model, ModelUse use);

    /**
     * Opens a model for attacks that see only its logits, or only its class.
     *
     * @param model a model of this kind
     * @param use what it is opened for
     * @return the model, to be closed by the caller
     * @throws GauntletException if the model is missing or damaged, or does not fit the data
     */
    Classifier openBlackBox(ModelRef model, ModelUse use);
}

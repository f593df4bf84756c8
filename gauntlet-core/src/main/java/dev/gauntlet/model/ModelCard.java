package dev.gauntlet.model;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The description of a model in the record of a run.
 *
 * @param name a short name, such as {@code mlp} or a file name
 * @param architecture the layers in words
 * @param parameters the number of trainable parameters, if known
 * @param sha256 the SHA-256 of the weights, as lower-case hexadecimal digits, if known
 * @param location the file the model was read from, if any
 * @param engine the engine that computes it, with its version
 * @param training how it was trained, if known
 * @param contract its preprocessing
 * @param notices what a reader must know about how it was loaded, such as that a softmax at its end was removed
 * @param crossChecks comparisons of its outputs with those of other programs that compute the same file
 */
public record ModelCard(
        String name,
        String architecture,
        OptionalLong parameters,
        Optional<String> sha256,
        Optional<String> location,
        String engine,
        Optional<TrainingHistory> training,
        InputSpec contract,
        List<String> notices,
        List<CrossCheck> crossChecks) {
    private static final String BEHIND = ", behind ";

    public ModelCard {
        notices = List.copyOf(notices);
        crossChecks = List.copyOf(crossChecks);
    }

    /**
     * Describes a model that takes raw pixels and needs no notices.
     *
     * @param name a short name, such as {@code mlp} or a file name
     * @param architecture the layers in words
     * @param parameters the number of trainable parameters
     * @param sha256 the SHA-256 of the weights, as lower-case hexadecimal digits
     * @param location the file the model was read from, if any
     * @param engine the engine that computes it, with its version
     * @param training how it was trained, if known
     */
    public ModelCard(
            String name,
            String architecture,
            long parameters,
            String sha256,
            Optional<String> location,
            String engine,
            Optional<TrainingHistory> training) {
        this(
                name,
                architecture,
                OptionalLong.of(parameters),
                Optional.of(sha256),
                location,
                engine,
                training,
                InputSpec.RAW,
                List.of(),
                List.of());
    }

    /**
     * Describes a model whose weights are unknown, such as a function.
     *
     * @param name a short name
     * @param architecture what is known of its layers, in words
     * @param engine the engine that computes it
     * @param contract its preprocessing
     */
    public ModelCard(String name, String architecture, String engine, InputSpec contract) {
        this(
                name,
                architecture,
                OptionalLong.empty(),
                Optional.empty(),
                Optional.empty(),
                engine,
                Optional.empty(),
                contract,
                List.of(),
                List.of());
    }

    /**
     * Tells whether the checksum identifies the model. It does not for a function, which has none, nor where something is
     * before or around the weights that it is of.
     *
     * @return whether two models with the same checksum give the same answers
     */
    public boolean isIdentifiedByChecksum() {
        return sha256.isPresent() && !architecture.contains(BEHIND);
    }

    /**
     * Describes the same model behind a preprocessing step or wrapper, so that records distinguish it from the bare
     * model.
     *
     * @param what the step or wrapper, in a few words
     * @return the description
     */
    public ModelCard behind(String what) {
        return new ModelCard(
                name,
                architecture + BEHIND + what,
                parameters,
                sha256,
                location,
                engine,
                training,
                contract,
                notices,
                crossChecks);
    }
}

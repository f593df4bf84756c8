package dev.gauntlet.model;

import java.util.List;
import java.util.Optional;

/**
 * What a model is, for the record of a run.
 *
 * @param name a short name, such as {@code mlp} or a file name
 * @param architecture the layers in words
 * @param parameters the number of trained numbers
 * @param sha256 the SHA-256 of the weights, as lower-case hexadecimal digits
 * @param location the file the model was read from, if any
 * @param engine what computes it, with its version
 * @param training how it was trained, where that is known
 * @param contract what it is given for an image
 * @param notices what a reader must know of how it was loaded, such as that a softmax at its end was cut off
 * @param crossChecks how its outputs compare with those of another program that computes the same file
 */
public record ModelCard(
        String name,
        String architecture,
        long parameters,
        String sha256,
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
     * Describes a model of which nothing special has to be said.
     *
     * @param name a short name, such as {@code mlp} or a file name
     * @param architecture the layers in words
     * @param parameters the number of trained numbers
     * @param sha256 the SHA-256 of the weights, as lower-case hexadecimal digits
     * @param location the file the model was read from, if any
     * @param engine what computes it, with its version
     * @param training how it was trained, where that is known
     */
    public ModelCard(
            String name,
            String architecture,
            long parameters,
            String sha256,
            Optional<String> location,
            String engine,
            Optional<TrainingHistory> training) {
        this(name, architecture, parameters, sha256, location, engine, training, InputSpec.RAW, List.of(), List.of());
    }

    /**
     * Tells whether the checksum identifies the model. It does not for a function, which has none, nor where something is
     * before or around the weights that it is of.
     *
     * @return whether two models with the same checksum give the same answers
     */
    public boolean isIdentifiedByChecksum() {
        return !sha256.isEmpty() && !architecture.contains(BEHIND);
    }

    /**
     * Describes the same model with something before or around it, so that no record takes it for the bare one.
     *
     * @param what what there is, in a few words
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

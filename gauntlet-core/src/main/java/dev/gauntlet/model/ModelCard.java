package dev.gauntlet.model;

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
 */
public record ModelCard(
        String name,
        String architecture,
        long parameters,
        String sha256,
        Optional<String> location,
        String engine,
        Optional<TrainingHistory> training) {
    /**
     * Describes the same model with something before or around it, so that no record takes it for the bare one.
     *
     * @param what what there is, in a few words
     * @return the description
     */
    public ModelCard behind(String what) {
        return new ModelCard(
                name, "%s, behind %s".formatted(architecture, what), parameters, sha256, location, engine, training);
    }
}

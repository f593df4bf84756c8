package dev.gauntlet.request;

import dev.gauntlet.GauntletException;
import dev.gauntlet.data.ImageShape;
import java.util.List;
import java.util.Optional;

/**
 * The architecture of a network whose weights do not say it themselves.
 *
 * @param layers a name, such as {@code mlp:784-300-10}, or a line of layers
 * @param input the shape of an image; absent for that of the data, or of the name
 * @param weights the names of the weights of the layers, in their order; empty for those that the file has
 */
public record NetworkSpec(String layers, Optional<ImageShape> input, List<String> weights) {
    public NetworkSpec {
        if (layers.isBlank()) {
            throw new GauntletException("The network is empty; give its name or its layers.");
        }
        weights = List.copyOf(weights);
    }

    /**
     * Describes a network by its name or its layers alone.
     *
     * @param layers the name or the layers
     * @return the description
     */
    public static NetworkSpec of(String layers) {
        return new NetworkSpec(layers, Optional.empty(), List.of());
    }
}

package dev.gauntlet.torch;

import dev.gauntlet.GauntletException;
import dev.gauntlet.data.ImageShape;
import dev.gauntlet.model.InputSpec;
import dev.gauntlet.model.TrainingHistory;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.json.JsonMapper;

/** The metadata of a weights file, as text by name. */
final class ModelMetadata {
    private static final ObjectMapper JSON = JsonMapper.shared();

    private static final String FORMAT = "format";
    private static final String NAME = "gauntlet.name";
    private static final String NETWORK = "gauntlet.network";
    private static final String INPUT = "gauntlet.input";
    private static final String TRAINING = "gauntlet.training";
    private static final String NORMALIZATION = "gauntlet.normalization";

    private ModelMetadata() {}

    static Map<String, String> of(Network network, Optional<TrainingHistory> training, InputSpec contract) {
        Map<String, String> metadata = new LinkedHashMap<>();
        // other readers of the format interpret this as the layout of the weights
        metadata.put(FORMAT, "pt");
        metadata.put(NAME, network.name());
        metadata.put(NETWORK, network.description());
        metadata.put(INPUT, network.input().toString());
        if (!contract.isIdentity()) {
            metadata.put(
                    NORMALIZATION,
                    JSON.writeValueAsString(new Normalization(contract.inputMax(), contract.mean(), contract.std())));
        }
        training.ifPresent(history -> metadata.put(TRAINING, JSON.writeValueAsString(history)));
        return metadata;
    }

    /** Returns the network that the file describes; empty if Gauntlet did not write the file. */
    static Optional<Network> network(String file, Map<String, String> metadata) {
        String description = metadata.get(NETWORK);
        String name = metadata.get(NAME);
        String input = metadata.get(INPUT);
        if (description == null || name == null || input == null) {
            return Optional.empty();
        }
        try {
            return Optional.of(Network.describedBy(name, shape(input), description));
        } catch (GauntletException e) {
            throw new GauntletException(
                    "%s has an invalid description of its network: %s Specify the network."
                            .formatted(file, e.getMessage()),
                    e);
        }
    }

    /** What the network does to raw pixels before its first layer. */
    private record Normalization(double inputMax, List<Double> mean, List<Double> std) {}

    /** Returns the normalization that belongs to the network; that of raw pixels if there is none. */
    static InputSpec normalization(String file, Map<String, String> metadata) {
        String text = metadata.get(NORMALIZATION);
        if (text == null) {
            return InputSpec.RAW;
        }
        try {
            Normalization read = JSON.readValue(text, Normalization.class);
            boolean complete = read != null
                    && read.mean() != null
                    && read.std() != null
                    && Stream.concat(read.mean().stream(), read.std().stream()).allMatch(Objects::nonNull);
            if (complete) {
                return InputSpec.RAW.withInputMax(read.inputMax()).withNormalization(read.mean(), read.std());
            }
            throw new GauntletException("%s: its normalization is incomplete.".formatted(file));
        } catch (JacksonException e) {
            throw new GauntletException("%s: its normalization is damaged.".formatted(file), e);
        }
    }

    static Optional<TrainingHistory> training(String file, Map<String, String> metadata) {
        String text = metadata.get(TRAINING);
        if (text == null) {
            return Optional.empty();
        }
        try {
            TrainingHistory history = JSON.readValue(text, TrainingHistory.class);
            if (!isComplete(history)) {
                throw new GauntletException("%s: its training history is incomplete.".formatted(file));
            }
            return Optional.of(history);
        } catch (JacksonException e) {
            throw new GauntletException("%s: its training history is damaged.".formatted(file), e);
        }
    }

    /** JSON may omit values that the types require. */
    private static boolean isComplete(@Nullable TrainingHistory history) {
        return history != null
                && history.optimizer() != null
                && history.defense() != null
                && history.data() != null
                && history.data().name() != null
                && history.data().split() != null
                && history.data().location() != null
                && history.data().notice() != null
                && history.data().sha256().values().stream().allMatch(Objects::nonNull);
    }

    private static ImageShape shape(String text) {
        if (!text.matches("\\d{1,6}x\\d{1,6}x\\d{1,6}")) {
            throw new GauntletException("The input shape '%s' is not of the form 1x28x28.".formatted(text));
        }
        String[] sides = text.split("x", -1);
        return new ImageShape(Integer.parseInt(sides[0]), Integer.parseInt(sides[1]), Integer.parseInt(sides[2]));
    }
}

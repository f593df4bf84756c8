package dev.gauntlet.report.plan;

import dev.gauntlet.FilePath;
import dev.gauntlet.GauntletException;
import dev.gauntlet.StorageException;
import dev.gauntlet.data.ImageShape;
import dev.gauntlet.request.NetworkSpec;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.dataformat.toml.TomlMapper;

/**
 * The network that weights from elsewhere belong to: a name, a line of layers, or a file in TOML with the input, the layers
 * and, if need be, the names of the weights.
 */
final class NetworkFile {
    private static final String ENDING = ".toml";
    private static final TomlMapper TOML = new TomlMapper();
    private static final Set<String> KEYS = Set.of("input", "layers", "weights");
    private static final long MAXIMUM_BYTES = 1 << 20;

    private NetworkFile() {}

    /**
     * Reads what a user said.
     *
     * @param text a name, layers, or a file ending in .toml
     */
    static NetworkSpec read(String text) {
        if (!text.toLowerCase(Locale.ROOT).endsWith(ENDING)) {
            return NetworkSpec.of(text);
        }
        Path file = FilePath.of(text);
        JsonNode root = tree(file);
        for (String key : root.propertyNames()) {
            if (!KEYS.contains(key)) {
                throw new GauntletException(
                        "%s has a key '%s'; a network has 'input', 'layers' and 'weights'.".formatted(file, key));
            }
        }
        JsonNode input = root.path("input");
        JsonNode layers = root.path("layers");
        boolean isShape =
                input.isArray() && input.size() == 3 && input.valueStream().allMatch(JsonNode::isInt);
        JsonNode weights = root.path("weights");
        if (!isShape || !areTexts(layers) || !(weights.isMissingNode() || areTexts(weights))) {
            throw new GauntletException(
                    "%s does not describe a network; it needs input = [3, 32, 32] and layers = [\"conv 32 k3\", \"relu\", ...], and may have weights = [\"features.0\", ...]."
                            .formatted(file));
        }
        List<Integer> sides = input.valueStream().map(JsonNode::intValue).toList();
        String line = layers.valueStream().map(JsonNode::asString).collect(Collectors.joining(", "));
        // a single layer has to be told from a name
        return new NetworkSpec(
                layers.size() == 1 ? "flatten, " + line : line,
                Optional.of(new ImageShape(sides.get(0), sides.get(1), sides.get(2))),
                weights.valueStream().map(JsonNode::asString).toList());
    }

    private static boolean areTexts(JsonNode list) {
        return list.isArray() && !list.isEmpty() && list.valueStream().allMatch(JsonNode::isString);
    }

    private static JsonNode tree(Path file) {
        try {
            if (Files.size(file) > MAXIMUM_BYTES) {
                throw new GauntletException("%s has more than %d bytes, too many for the description of a network."
                        .formatted(file, MAXIMUM_BYTES));
            }
            return TOML.readTree(Files.readString(file));
        } catch (NoSuchFileException e) {
            throw new GauntletException("The file %s does not exist; check the path.".formatted(file), e);
        } catch (CharacterCodingException e) {
            throw new GauntletException("%s is not text in UTF-8; save it as such.".formatted(file), e);
        } catch (IOException e) {
            throw new GauntletException("%s cannot be read: %s.".formatted(file, StorageException.reason(e)), e);
        } catch (JacksonException e) {
            throw new GauntletException(
                    "%s is not valid TOML (line %d): %s"
                            .formatted(file, e.getLocation().getLineNr(), e.getOriginalMessage()),
                    e);
        }
    }
}

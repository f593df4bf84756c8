package dev.gauntlet.format;

import dev.gauntlet.GauntletException;
import dev.gauntlet.Implementations;
import dev.gauntlet.request.ModelRef;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Finds the format of a model among those on the class path.
 *
 * <p>Example: {@code ModelFormats.of(model).openWhiteBox(model, ModelUse.of(test))}.
 */
public final class ModelFormats {
    private ModelFormats() {}

    /**
     * Returns the formats on the class path.
     *
     * @return the formats, one for each engine
     * @throws GauntletException if one of them cannot be loaded
     */
    public static List<ModelFormat> all() {
        return Implementations.of(ModelFormat.class, "An engine");
    }

    /**
     * Finds the format of a model; if several take it, the first on the class path.
     *
     * @param model the model
     * @return the format
     * @throws GauntletException if no format takes it; the message says what it is, where that can be seen
     */
    public static ModelFormat of(ModelRef model) {
        List<ModelFormat> formats = all();
        return formats.stream()
                .filter(format -> format.takes(model))
                .findFirst()
                .orElseThrow(() -> new GauntletException(formats.stream()
                        .map(format -> format.explain(model))
                        .flatMap(Optional::stream)
                        .findFirst()
                        .orElseGet(() -> "No engine opens the model %s; the engines on the class path open %s."
                                .formatted(
                                        model,
                                        formats.isEmpty()
                                                ? "none"
                                                : formats.stream()
                                                        .map(ModelFormat::name)
                                                        .collect(Collectors.joining(", "))))));
    }
}

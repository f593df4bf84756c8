package dev.gauntlet.format;

import dev.gauntlet.GauntletException;
import java.util.List;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;

/** Loads the implementations of a format on the class path. */
final class Implementations {
    private Implementations() {}

    /**
     * Loads all implementations.
     *
     * @param type the contract
     * @param what an implementation as the subject of a sentence, such as {@code An engine}
     * @throws GauntletException if a class that is registered does not exist or cannot be created
     */
    static <T> List<T> of(Class<T> type, String what) {
        try {
            return ServiceLoader.load(type).stream()
                    .map(ServiceLoader.Provider::get)
                    .toList();
        } catch (ServiceConfigurationError e) {
            throw new GauntletException(
                    "%s on the class path cannot be loaded: %s.".formatted(what, e.getMessage()), e);
        }
    }
}

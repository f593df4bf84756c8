package dev.gauntlet;

import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;

/** Loads the implementations of a contract that the class path registers. */
public final class Implementations {
    private Implementations() {}

    /**
     * Loads all implementations.
     *
     * @param type the contract
     * @param what an implementation as the subject of a sentence, such as {@code An engine}
     * @param <T> the contract
     * @return the implementations, in the order of the class path
     * @throws GauntletException if a class that is registered does not exist or cannot be created; the message names the file
     *     that registers it
     */
    public static <T> List<T> of(Class<T> type, String what) {
        ClassLoader loader = Thread.currentThread().getContextClassLoader();
        try {
            return ServiceLoader.load(type, loader).stream()
                    .map(ServiceLoader.Provider::get)
                    .toList();
        } catch (ServiceConfigurationError e) {
            String reason = String.valueOf(e.getMessage());
            throw new GauntletException(
                    "%s on the class path cannot be loaded: %s%s."
                            .formatted(
                                    what,
                                    reason,
                                    registering(type, loader, reason, e)
                                            .map(" (registered in %s)"::formatted)
                                            .orElse("")),
                    e);
        }
    }

    /** Finds the file that registers the class that a message names. */
    private static Optional<String> registering(
            Class<?> type, ClassLoader loader, String message, ServiceConfigurationError error) {
        List<String> words = List.of(message.split(" "));
        try {
            for (URL file : Collections.list(loader.getResources("META-INF/services/" + type.getName()))) {
                try (InputStream in = file.openStream()) {
                    boolean names = new String(in.readAllBytes(), StandardCharsets.UTF_8)
                            .lines()
                            .map(String::strip)
                            .anyMatch(words::contains);
                    if (names) {
                        return Optional.of(file.toString());
                    }
                }
            }
        } catch (IOException e) {
            // the message is less helpful without the file, but says what is wrong
            error.addSuppressed(e);
        }
        return Optional.empty();
    }
}

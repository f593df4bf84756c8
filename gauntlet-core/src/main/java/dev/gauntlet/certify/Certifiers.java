package dev.gauntlet.certify;

import dev.gauntlet.Choices;
import dev.gauntlet.GauntletException;
import dev.gauntlet.Implementations;
import dev.gauntlet.attack.Attacks;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Finds certifiers by name, and reads and writes them as text.
 *
 * <p>They are found on the class path by {@link ServiceLoader}: public classes with a public constructor without parameters,
 * each named in a file {@code META-INF/services/dev.gauntlet.certify.Certifier}. Those of this project are in the module
 * gauntlet-certify.
 *
 * <p>Example: {@code Certifiers.parse("complete:domains=500")}.
 */
public final class Certifiers {
    private Certifiers() {}

    /**
     * Returns every certifier with its default options.
     *
     * @return the certifiers, in the order of the class path
     */
    public static List<Certifier> all() {
        return Implementations.of(Certifier.class, "A certifier");
    }

    /**
     * Reads a certifier: its name, and after a colon the options that differ from its defaults.
     *
     * @param text the text, such as {@code complete:domains=500}
     * @return the certifier
     * @throws GauntletException if the certifier or an option does not exist (the message suggests the nearest name), or a
     *     value is out of range
     */
    public static Certifier parse(String text) {
        List<Certifier> all = all();
        if (all.isEmpty()) {
            throw new GauntletException(
                    "The class path contains no certifier; add the module gauntlet-certify to use '%s'."
                            .formatted(text));
        }
        Map<String, String> options = Attacks.optionsIn(text);
        Certifier certifier = Choices.of("certifier", all, Certifier::name).parse(Attacks.nameIn(text));
        return options.isEmpty() ? certifier : certifier.withOptions(options);
    }

    /**
     * Writes a certifier with all its options, so that {@link #parse} reads it again.
     *
     * @param certifier the certifier
     * @return the text
     */
    public static String written(Certifier certifier) {
        String options = new TreeMap<>(certifier.options())
                .entrySet().stream()
                        .map(option -> option.getKey() + "=" + option.getValue())
                        .collect(Collectors.joining(","));
        return options.isEmpty() ? certifier.name() : certifier.name() + ":" + options;
    }
}

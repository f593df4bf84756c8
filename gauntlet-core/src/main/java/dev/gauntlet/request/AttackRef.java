package dev.gauntlet.request;

import dev.gauntlet.attack.Attack;
import dev.gauntlet.attack.Attacks;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Which attack is run: its name, and the options that differ from its defaults. A reference may name an attack that this
 * program does not have, as the record of another program's run does.
 *
 * @param name the name, such as {@code pgd}
 * @param options the values by the option's name, in the order of the names
 */
public record AttackRef(String name, Map<String, String> options) {
    public AttackRef {
        // with Map.copyOf the order, and so every text, would differ between processes
        options = Collections.unmodifiableMap(new TreeMap<>(options));
    }

    /**
     * Refers to an attack with all its options.
     *
     * @param attack the attack
     * @return the reference
     */
    public static AttackRef of(Attack<?> attack) {
        return new AttackRef(attack.name(), attack.options());
    }

    /**
     * Reads an attack as a user writes it, whether or not this program has it.
     *
     * @param text the text, such as {@code pgd:steps=100,restarts=5}
     * @return the reference
     * @throws dev.gauntlet.GauntletException if an option has no value or is named twice
     */
    public static AttackRef parse(String text) {
        return new AttackRef(Attacks.nameIn(text), Attacks.optionsIn(text));
    }

    /** Writes the attack as a user writes it. */
    @Override
    public String toString() {
        String written = options.entrySet().stream()
                .map(option -> option.getKey() + "=" + option.getValue())
                .collect(Collectors.joining(","));
        return written.isEmpty() ? name : name + ":" + written;
    }
}

package dev.gauntlet.attack;

import dev.gauntlet.Choices;
import dev.gauntlet.GauntletException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * All attacks by name, and how they are written on a command line.
 *
 * <p>Example: {@code Attacks.parse("pgd:steps=100,restarts=5")}.
 */
public final class Attacks {
    private static final List<Attack<?>> ALL =
            List.of(Fgsm.defaults(), Pgd.defaults(), DeepFool.defaults(), Fab.defaults(), FabTargeted.defaults());

    private static final Choices<Attack<?>> BY_NAME = Choices.of("attack", ALL, Attack::name);

    private Attacks() {}

    /**
     * Returns every attack with its default options.
     *
     * @return the attacks, the cheap and simple ones first
     */
    public static List<Attack<?>> all() {
        return ALL;
    }

    /**
     * Reads an attack as a user writes it: its name, and after a colon the options that differ from its defaults.
     *
     * @param text the text, such as {@code pgd:steps=100,restarts=5}
     * @return the attack
     * @throws GauntletException if there is no such attack or option, the message suggesting the nearest name, or a value
     *     is out of its range
     */
    public static Attack<?> parse(String text) {
        int colon = text.indexOf(':');
        Attack<?> attack = BY_NAME.parse((colon < 0 ? text : text.substring(0, colon)).strip());
        return colon < 0 ? attack : Options.with(attack, changes(text, colon));
    }

    private static Map<String, String> changes(String text, int colon) {
        Map<String, String> changes = new TreeMap<>();
        for (String option : text.substring(colon + 1).split(",", -1)) {
            int equals = option.indexOf('=');
            if (equals < 0) {
                throw new GauntletException(
                        "Option '%s' of attack %s has no value; write for example pgd:steps=100,restarts=5."
                                .formatted(option, text.substring(0, colon)));
            }
            String name = option.substring(0, equals).strip();
            if (changes.put(name, option.substring(equals + 1).strip()) != null) {
                throw new GauntletException("Attack '%s' names option %s twice.".formatted(text, name));
            }
        }
        return changes;
    }
}

package dev.gauntlet;

import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * A closed set of values that users choose by name, such as data sets or networks.
 *
 * <p>Example: {@code Choices.of("data set", List.of(NamedDataset.values()), NamedDataset::id).parse("mnist")}.
 *
 * @param kind the kind of choice, as a noun for messages, such as {@code data set}
 * @param byName the choices by name, in the order in which messages list them
 * @param <T> the type of the choices
 */
public record Choices<T>(String kind, Map<String, T> byName) {
    public Choices {
        byName = Collections.unmodifiableMap(new LinkedHashMap<>(byName));
    }

    /**
     * Creates a set of values that know their names.
     *
     * @param kind what is chosen, as a noun for messages
     * @param values the values, in the order in which messages list them
     * @param name returns the name of a value, in lower case
     * @param <T> the type of the values
     * @return the set
     */
    public static <T> Choices<T> of(String kind, Collection<T> values, Function<? super T, String> name) {
        Map<String, T> byName = new LinkedHashMap<>();
        for (T value : values) {
            byName.put(name.apply(value), value);
        }
        return new Choices<>(kind, byName);
    }

    /**
     * Finds the value with this name, ignoring case.
     *
     * @param name the name as the user wrote it
     * @return the value
     * @throws GauntletException if the name is unknown; the message suggests the nearest name and lists all names
     */
    public T parse(String name) {
        T value = byName.get(name.toLowerCase(Locale.ROOT));
        if (value == null) {
            throw new GauntletException("Unknown %s '%s'%s Known: %s."
                    .formatted(
                            kind,
                            name,
                            nearest(name).map("; did you mean %s?"::formatted).orElse("."),
                            String.join(", ", byName.keySet())));
        }
        return value;
    }

    /**
     * Finds the known name that a mistyped name most likely means: the one with the smallest edit distance (insertions,
     * deletions, replacements and swaps of adjacent letters), or one that begins with the mistyped name.
     *
     * @param name the name as a user wrote it
     * @return the nearest name, the first listed on ties; empty if none is near
     */
    public Optional<String> nearest(String name) {
        String typed = name.toLowerCase(Locale.ROOT);
        int near = Math.max(2, typed.length() / 3);
        return byName.keySet().stream()
                // a name in which every letter differs is not a typing error
                .filter(known -> distance(typed, known) <= near
                        && distance(typed, known) < Math.max(typed.length(), known.length()))
                .min(Comparator.comparingInt(known -> distance(typed, known)));
    }

    private static int distance(String typed, String known) {
        return known.startsWith(typed) && !typed.isEmpty() ? 1 : editDistance(typed, known);
    }

    /** The optimal string alignment distance: Levenshtein's, with a swap of adjacent letters as one step. */
    private static int editDistance(String a, String b) {
        int[][] steps = new int[a.length() + 1][b.length() + 1];
        for (int i = 0; i <= a.length(); i++) {
            for (int j = 0; j <= b.length(); j++) {
                if (i == 0 || j == 0) {
                    steps[i][j] = i + j;
                    continue;
                }
                int replaced = steps[i - 1][j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                steps[i][j] = Math.min(replaced, 1 + Math.min(steps[i - 1][j], steps[i][j - 1]));
                boolean swapped =
                        i > 1 && j > 1 && a.charAt(i - 1) == b.charAt(j - 2) && a.charAt(i - 2) == b.charAt(j - 1);
                if (swapped) {
                    steps[i][j] = Math.min(steps[i][j], steps[i - 2][j - 2] + 1);
                }
            }
        }
        return steps[a.length()][b.length()];
    }
}

package dev.gauntlet.torch.objective;

import dev.gauntlet.Choices;
import dev.gauntlet.GauntletException;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;

/** The options of an objective as text. */
final class ObjectiveOptions {
    private static final double STEPS_LENGTH = 2.5;

    private final Map<String, String> values = new TreeMap<>();
    private final Set<String> changed = new HashSet<>();

    ObjectiveOptions with(String name, Object value) {
        values.put(name, String.valueOf(value));
        return this;
    }

    Map<String, String> asMap() {
        return Collections.unmodifiableMap(values);
    }

    /**
     * Reads options, each at most once and of those that are known.
     *
     * @param objective the name of the objective, for errors
     * @param text options such as {@code steps=10,beta=6}; empty for none
     * @param known the defaults by name
     * @return the defaults with the changes
     */
    static ObjectiveOptions read(String objective, String text, Map<String, String> known) {
        ObjectiveOptions options = new ObjectiveOptions();
        options.values.putAll(known);
        Choices<String> names = Choices.of("option of " + objective, List.copyOf(known.keySet()), Function.identity());
        for (String option : text.isBlank() ? new String[0] : text.split(",", -1)) {
            int equals = option.indexOf('=');
            if (known.isEmpty()) {
                throw new GauntletException("The objective %s has no options, got '%s'.".formatted(objective, text));
            }
            if (equals < 0) {
                throw new GauntletException("Option '%s' of %s has no value; write, for example, pgd:steps=10,ramp=0.2."
                        .formatted(option, objective));
            }
            String name = names.parse(option.substring(0, equals).strip());
            if (!options.changed.add(name)) {
                throw new GauntletException("The option %s of %s is set twice.".formatted(name, objective));
            }
            options.values.put(name, option.substring(equals + 1).strip());
        }
        return options;
    }

    /** Returns the step size as a share of epsilon; unless it was set, all steps together are 2.5 times as long as epsilon. */
    double relativeStep() {
        return changed.contains("steps") && !changed.contains("relative-step")
                ? STEPS_LENGTH / Math.max(1, whole("steps"))
                : number("relative-step");
    }

    int whole(String name) {
        try {
            return Integer.parseInt(value(name));
        } catch (NumberFormatException e) {
            throw new GauntletException(
                    "The option %s must be a whole number, got '%s'.".formatted(name, value(name)), e);
        }
    }

    double number(String name) {
        // Java's parser also accepts 1d, 0x1p-3 and NaN
        if (!value(name).matches("[-+]?[0-9.]+([eE][-+]?[0-9]+)?")) {
            throw new GauntletException("The option %s must be a number, got '%s'.".formatted(name, value(name)));
        }
        try {
            return Double.parseDouble(value(name));
        } catch (NumberFormatException e) {
            throw new GauntletException("The option %s must be a number, got '%s'.".formatted(name, value(name)), e);
        }
    }

    boolean truth(String name) {
        return Choices.of("value of option " + name, List.of(true, false), String::valueOf)
                .parse(value(name));
    }

    private String value(String name) {
        String value = values.get(name);
        if (value == null) {
            throw new IllegalArgumentException(name);
        }
        return value;
    }
}

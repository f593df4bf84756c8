package dev.gauntlet.bounds;

import dev.gauntlet.Choices;
import dev.gauntlet.GauntletException;
import java.util.List;
import java.util.Map;

/** The option of all certifiers with bounds that says how often an evaluation halves the gap between two budgets. */
final class Bisections {
    static final String NAME = "bisections";

    /** More halvings would only resolve the rounding errors of the bounds. */
    private static final int MOST = 30;

    private Bisections() {}

    static void requireValid(int bisections) {
        if (bisections < 0 || bisections > MOST) {
            throw new GauntletException(
                    "The number of bisections must be from 0 to %d, got %d.".formatted(MOST, bisections));
        }
    }

    /** Returns the option, unless it is off. */
    static Map<String, String> options(int bisections) {
        return bisections == 0 ? Map.of() : Map.of(NAME, Integer.toString(bisections));
    }

    /** Refuses options that a certifier does not have. */
    static void requireKnown(Map<String, String> changes, String certifier, List<String> options) {
        Choices<String> known = Choices.of("option of " + certifier, options, option -> option);
        changes.keySet().forEach(known::parse);
    }

    /** Reads an option of a certifier that is a whole number. */
    static int whole(Map<String, String> changes, String option, String certifier, int otherwise) {
        String text = changes.get(option);
        try {
            return text == null ? otherwise : Integer.parseInt(text);
        } catch (NumberFormatException e) {
            throw new GauntletException(
                    "Option %s of %s must be a whole number, got '%s'.".formatted(option, certifier, text), e);
        }
    }
}

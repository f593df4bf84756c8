package dev.gauntlet.evaluate;

import dev.gauntlet.GauntletException;
import java.util.function.Supplier;

/** Refuses records whose parts contradict each other. Places are named as in the JSON record. */
final class Rules {
    private Rules() {}

    /**
     * Requires something of a part.
     *
     * @throws GauntletException if it does not hold
     */
    static void require(boolean condition, String place, String problem, Object... arguments) {
        if (!condition) {
            throw broken(place, problem, arguments);
        }
    }

    /** Requires a number of at least 0 that is not infinite. */
    static void requireMeasure(double value, String place) {
        require(value >= 0 && Double.isFinite(value), place, "is %s, it is a finite number of at least 0", value);
    }

    /** Requires a number in [0,1]. */
    static void requireShare(double value, String place) {
        require(value >= 0 && value <= 1, place, "is %s, a share is in [0,1]", value);
    }

    /** Requires that a text can be read. */
    static <T> T requireReadable(String place, Supplier<T> reading) {
        try {
            return reading.get();
        } catch (GauntletException e) {
            throw new GauntletException("%s: %s".formatted(place, e.getMessage()), e);
        }
    }

    // the annotation that Error Prone wants would be this module's only use of its library
    @SuppressWarnings("AnnotateFormatMethod")
    static GauntletException broken(String place, String problem, Object... arguments) {
        return new GauntletException("%s %s.".formatted(place, problem.formatted(arguments)));
    }
}

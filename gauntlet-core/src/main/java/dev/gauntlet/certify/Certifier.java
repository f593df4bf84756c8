package dev.gauntlet.certify;

import dev.gauntlet.GauntletException;
import dev.gauntlet.model.Classifier;
import dev.gauntlet.threat.LpBall;
import dev.gauntlet.threat.Norm;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * A method that proves robustness: the counterpart of an attack, which refutes it.
 *
 * <p>An attack gives an upper bound on the robust accuracy, a certifier a lower bound. A configured certifier is an
 * immutable record that validates itself.
 */
public interface Certifier {
    /**
     * Returns the name used on the command line and in records.
     *
     * @return the name
     */
    String name();

    /**
     * Says in a few words what the certifier does.
     *
     * @return the title
     */
    String title();

    /**
     * Returns the norms in which it certifies.
     *
     * @return the norms
     */
    Set<Norm> norms();

    /**
     * Tells whether a second run gives the same certificates, however fast the machine is.
     *
     * @return whether it does; by default true
     */
    default boolean isRepeatable() {
        return true;
    }

    /**
     * Tells how often an evaluation halves the gap between the largest budget with which an example is certified and the next
     * one, to find the largest epsilon with which it is.
     *
     * @return the number of halvings; by default 0: budgets alone are tried
     */
    default int bisections() {
        return 0;
    }

    /**
     * Returns every option that its certificates depend on, as the record of a run contains them.
     *
     * @return the values by the option's name; by default there are none
     */
    default Map<String, String> options() {
        return Map.of();
    }

    /**
     * Returns the same certifier with other options.
     *
     * @param changes the values by the option's name
     * @return the certifier
     * @throws GauntletException if it does not have an option or does not allow a value
     */
    default Certifier withOptions(Map<String, String> changes) {
        if (!changes.isEmpty()) {
            throw new GauntletException("The method %s has no options, got %s."
                    .formatted(name(), String.join(", ", new TreeSet<>(changes.keySet()))));
        }
        return this;
    }

    /**
     * Refuses a ball in a norm that the certifier does not support.
     *
     * @param ball the ball
     */
    default void requireFit(LpBall ball) {
        if (!norms().contains(ball.norm())) {
            throw new GauntletException("The method %s does not certify in %s; it certifies in %s."
                    .formatted(
                            name(),
                            ball.norm().title(),
                            norms().stream().sorted().map(Norm::title).collect(Collectors.joining(", "))));
        }
    }

    /**
     * Prepares a model.
     *
     * @param model the model; it must stay open as long as the result
     * @return what certifies its examples, to be closed by the caller
     * @throws GauntletException if the model cannot be certified; the message says why
     */
    Certification open(Classifier model);
}

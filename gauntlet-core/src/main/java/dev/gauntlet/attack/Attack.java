package dev.gauntlet.attack;

import dev.gauntlet.GauntletException;
import dev.gauntlet.model.Classifier;
import dev.gauntlet.threat.Criterion;
import dev.gauntlet.threat.Norm;
import dev.gauntlet.threat.Targeted;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A configured attack: an immutable value that contains the options of the method, independent of the problem.
 *
 * <p>All attacks guarantee: the result is in the box [0,1] and, for a fixed budget, in the ball; an example that already
 * meets the criterion, or for which no success is found, is returned unchanged; the result of an example depends on its id
 * and not on the other examples; the same problem gives the same result.
 *
 * @param <M> the access to the model that the attack requires
 */
public sealed interface Attack<M extends Classifier> permits FixedBudgetAttack, MinimalNormAttack {
    /**
     * Returns the name used in records and on the command line.
     *
     * @return the name, such as {@code fgsm}: lower-case letters, digits and hyphens
     */
    String name();

    /**
     * Returns the short title for people.
     *
     * @return the short title, such as {@code FGSM}; by default the name
     */
    default String title() {
        return name();
    }

    /**
     * Returns the meaning of the title, or what the attack does, in a few words.
     *
     * @return the meaning, such as {@code fast gradient sign method}; by default the title
     */
    default String meaning() {
        return title();
    }

    /**
     * Returns the norms that the attack supports.
     *
     * @return the norms, at least one
     */
    Set<Norm> norms();

    /**
     * Returns the access to the model that the attack requires, as its class declares it.
     *
     * @return the type argument for {@code M}; the type with gradients if the class of the attack does not fix it
     */
    default Class<? extends Classifier> modelType() {
        return ModelType.of(getClass());
    }

    /**
     * Tells whether the attack supports targets.
     *
     * @return whether it does
     */
    default boolean isTargetable() {
        return true;
    }

    /**
     * Tells whether the attack is a baseline: a single step or random noise, whose failure says little.
     *
     * @return whether this attack alone cannot support a claim of robustness
     */
    default boolean isBaseline() {
        return false;
    }

    /**
     * Tells whether the attack uses only predicted classes.
     *
     * @return whether a model that returns only classes is sufficient
     */
    default boolean isDecisionBased() {
        return false;
    }

    /**
     * Estimates the passes through the model for an example that remains robust at all budgets. It is for progress and time
     * estimates only; no result depends on it.
     *
     * @param norm the norm
     * @param epsilons the budgets; a minimal-norm attack serves them all with one search
     * @param classes the number of classes K of the model
     * @return the passes; by default one gradient for each budget
     */
    default Passes passes(Norm norm, List<Double> epsilons, int classes) {
        return Passes.gradients(epsilons.size());
    }

    /**
     * Returns every option of this attack with its value, as the record of a run contains them. The random numbers of a run
     * depend on them.
     *
     * @return the options by name; by default the components of its record of type int, double, boolean,
     *     {@link dev.gauntlet.loss.Loss} or an enum, such as {@code relative-step} for {@code relativeStep}
     */
    default Map<String, String> options() {
        return Options.of(this);
    }

    /**
     * Returns a remark for readers of a result, such as that a part of the method was replaced because there are too few
     * classes.
     *
     * @param classes the number of classes K of the model
     * @return a full sentence, if any
     */
    default Optional<String> remark(int classes) {
        return Optional.empty();
    }

    /**
     * Refuses a problem that the attack does not support.
     *
     * @param norm the norm of the perturbation
     * @param criterion the criterion of success
     * @throws GauntletException if the attack does not support the norm or targets
     */
    default void requireFit(Norm norm, Criterion criterion) {
        if (!norms().contains(norm)) {
            throw new GauntletException("The attack %s does not support %s; it supports %s."
                    .formatted(
                            name(),
                            norm.title(),
                            norms().stream().sorted().map(Norm::title).collect(Collectors.joining(", "))));
        }
        if (criterion instanceof Targeted && !isTargetable()) {
            throw new GauntletException("The attack %s does not support targeted criteria.".formatted(name()));
        }
    }
}

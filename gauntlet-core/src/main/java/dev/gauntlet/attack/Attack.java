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
 * A configured attack: an immutable value that holds the options of the method and nothing of the problem.
 *
 * <p>What all attacks promise: the result is in the box [0,1] and, for a fixed budget, in the ball; an example that is
 * what the adversary wants already, or for which nothing is found, comes back unchanged; the result of an example depends
 * on its id and not on its neighbours; the same problem gives the same result.
 *
 * @param <M> what the attack needs of a model
 */
public sealed interface Attack<M extends Classifier> permits FixedBudgetAttack, MinimalNormAttack {
    /**
     * Returns the name used in records and on the command line.
     *
     * @return the name, such as {@code fgsm}
     */
    String name();

    /**
     * Returns what people call the attack.
     *
     * @return the short title, such as {@code FGSM}; the name unless the attack says otherwise
     */
    default String title() {
        return name();
    }

    /**
     * Returns in a few words what the title stands for or what the attack does.
     *
     * @return the words, such as {@code fast gradient sign method}; the title unless the attack says otherwise
     */
    default String meaning() {
        return title();
    }

    /**
     * Returns the norms that the attack can be used with.
     *
     * @return the norms, at least one
     */
    Set<Norm> norms();

    /**
     * Returns what the attack needs of a model, as its class declares it.
     *
     * @return the type that stands for {@code M}; one with gradients if the class of the attack leaves it open
     */
    default Class<? extends Classifier> modelType() {
        return ModelType.of(getClass());
    }

    /**
     * Tells whether the attack can aim at a certain class.
     *
     * @return whether it has a targeted form
     */
    default boolean isTargetable() {
        return true;
    }

    /**
     * Tells whether the attack takes a single step or looks at random, so that its failure says little.
     *
     * @return whether no robustness can be claimed with this attack alone
     */
    default boolean isBaseline() {
        return false;
    }

    /**
     * Tells whether the attack asks a model for nothing but the predicted class.
     *
     * @return whether a model that gives only classes is enough
     */
    default boolean isDecisionBased() {
        return false;
    }

    /**
     * Returns about how many passes of the model an example costs that withstands all budgets. It is for progress and
     * estimates; nothing that is measured depends on it.
     *
     * @param norm how distance is measured
     * @param epsilons the budgets; an attack that looks for the nearest success serves them all with one search
     * @param classes the number of classes K of the model
     * @return the passes; one gradient for each budget unless the attack says otherwise
     */
    default Passes passes(Norm norm, List<Double> epsilons, int classes) {
        return Passes.gradients(epsilons.size());
    }

    /**
     * Returns every option of this attack with its value, as it goes into the record of a run. The random numbers of a run
     * depend on them.
     *
     * @return the options by name; unless the attack says otherwise the components of its record that are of type int, double,
     *     boolean or {@link dev.gauntlet.loss.Loss} or of an enum, such as {@code relative-step} for {@code relativeStep}
     */
    default Map<String, String> options() {
        return Options.of(this);
    }

    /**
     * Returns what a reader of a result has to know, such as that a part of the method has to be another one for so few
     * classes.
     *
     * @param classes the number of classes K of the model
     * @return a full sentence, if there is anything to say
     */
    default Optional<String> remark(int classes) {
        return Optional.empty();
    }

    /**
     * Refuses a problem that the attack is not made for.
     *
     * @param norm how the size of a perturbation is measured
     * @param criterion what counts as success
     * @throws GauntletException if the attack has not the norm or no targeted form
     */
    default void requireFit(Norm norm, Criterion criterion) {
        if (!norms().contains(norm)) {
            throw new GauntletException("The attack %s has no %s form; it has %s."
                    .formatted(
                            name(),
                            norm.title(),
                            norms().stream().sorted().map(Norm::title).collect(Collectors.joining(", "))));
        }
        if (criterion instanceof Targeted && !isTargetable()) {
            throw new GauntletException("The attack %s has no targeted form.".formatted(name()));
        }
    }
}

package dev.gauntlet.request;

import dev.gauntlet.GauntletException;
import dev.gauntlet.attack.Attack;
import dev.gauntlet.threat.Criterion;
import dev.gauntlet.threat.LpBall;
import dev.gauntlet.threat.Norm;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * What the adversary may change, and what it wants.
 *
 * @param budgets the balls, all of one norm; kept in growing order, without repetition, and with radius 0 for the clean
 *     accuracy
 * @param goal what the adversary wants
 */
public record Threat(List<LpBall> budgets, AttackGoal goal) {
    private static final Map<Norm, List<Double>> USUAL = Map.of(
            Norm.LINF, List.of(.05, .1, .15, .2, .25, .3),
            Norm.L2, List.of(.5, 1.0, 1.5, 2.0, 2.5, 3.0),
            Norm.L1, List.of(5.0, 10.0, 15.0, 20.0, 25.0, 30.0),
            Norm.L0, List.of(5.0, 10.0, 15.0, 20.0, 25.0, 30.0));

    public Threat {
        budgets = LpBall.growing(budgets);
    }

    /**
     * Returns the budgets that are tried where nobody names any: those of handwritten digits.
     *
     * @param norm how distance is measured
     * @return the radii above 0, growing
     */
    public static List<Double> usualEpsilons(Norm norm) {
        return Objects.requireNonNull(USUAL.get(norm));
    }

    /**
     * Returns how distance is measured.
     *
     * @return the norm of all budgets
     */
    public Norm norm() {
        return budgets.get(0).norm();
    }

    /**
     * Returns what counts as success on data with these classes.
     *
     * @param classes the names of the classes
     * @return the criterion
     * @throws GauntletException if the goal names a class that is not one of them
     */
    public Criterion criterion(List<String> classes) {
        return goal.criterion(classes);
    }

    /** Refuses an attack that does not support the norm, or cannot aim at a class, and names those that would do. */
    void requireFit(Attack<?> attack, Access access) {
        if (!attack.norms().contains(norm())) {
            throw new GauntletException("The attack %s does not support %s (supported: %s).%s"
                    .formatted(
                            attack.name(),
                            norm().title(),
                            attack.norms().stream().sorted().map(Norm::title).collect(Collectors.joining(", ")),
                            others(access, other -> other.norms().contains(norm()))));
        }
        if (goal.isTargeted() && !attack.isTargetable()) {
            throw new GauntletException("The attack %s has no targeted variant.%s"
                    .formatted(attack.name(), others(access, Attack::isTargetable)));
        }
    }

    private static String others(Access access, Predicate<Attack<?>> suits) {
        List<String> names =
                access.attacks().stream().filter(suits).map(Attack::name).toList();
        return names.isEmpty() ? "" : " Attacks that do: %s.".formatted(String.join(", ", names));
    }
}

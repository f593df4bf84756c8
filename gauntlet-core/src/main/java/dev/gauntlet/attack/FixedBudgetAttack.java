package dev.gauntlet.attack;

import dev.gauntlet.attack.kit.AttackResult;
import dev.gauntlet.attack.kit.Findings;
import dev.gauntlet.attack.kit.Problem;
import dev.gauntlet.model.Classifier;

/**
 * An attack that searches for a success within a given budget.
 *
 * <p>A concrete attack implements only {@link #search}; the rest is the same for all attacks. Example:
 *
 * <pre>{@code
 * public record OneStep() implements FixedBudgetAttack<DifferentiableClassifier> {
 *     public String name() {
 *         return "one-step";
 *     }
 *
 *     public Set<Norm> norms() {
 *         return EnumSet.of(Norm.LINF, Norm.L2, Norm.L1);
 *     }
 *
 *     public void search(DifferentiableClassifier model, Problem problem, double epsilon, Findings findings) {
 *         int[] rows = findings.open();
 *         float[] start = problem.clean().select(rows).pixels();
 *         new Ascent(model, problem, new CrossEntropy(), 1, Ascent.steepest(problem))
 *                 .climb(rows, start, epsilon, epsilon, findings);
 *     }
 * }
 * }</pre>
 *
 * @param <M> the access to the model that the attack requires
 */
public non-sealed interface FixedBudgetAttack<M extends Classifier> extends Attack<M> {
    /**
     * Does the work that all budgets share, and returns the search for any of them.
     *
     * <p>Cost: that of {@link #begin}.
     *
     * @param model the model under attack
     * @param problem the problem
     * @return the search, to be used by the calling thread only
     * @throws dev.gauntlet.GauntletException if the attack does not support the problem
     */
    default Search prepare(M model, Problem problem) {
        requireFit(problem.norm(), problem.criterion());
        Findings clean = begin(model, problem);
        return epsilon -> {
            Findings findings = clean.copy();
            if (epsilon > 0 && findings.open().length > 0) {
                search(model, problem, epsilon, findings);
            }
            return findings.result();
        };
    }

    /**
     * Runs the model on the clean examples. An attack whose searches all use the clean gradients computes both at once.
     *
     * <p>Cost: one forward pass.
     *
     * @param model the model under attack
     * @param problem the problem
     * @return the findings with which the search at every budget starts
     */
    default Findings begin(M model, Problem problem) {
        return Findings.of(model, problem);
    }

    /**
     * Searches for a success within one budget.
     *
     * @param model the model under attack
     * @param problem the problem, which the attack supports
     * @param epsilon the budget in the norm of the problem, above 0
     * @param findings contains the clean outputs and at least one row to attack; stores the successes
     */
    void search(M model, Problem problem, double epsilon, Findings findings);

    /** The part of an attack that depends on the budget. */
    @FunctionalInterface
    interface Search {
        /**
         * Searches within the budget for a success on each example.
         *
         * @param epsilon the budget in the norm of the problem, at least 0; 0 changes nothing
         * @return the result
         */
        AttackResult within(double epsilon);
    }
}

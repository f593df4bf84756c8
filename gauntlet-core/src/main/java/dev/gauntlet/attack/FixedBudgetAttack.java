package dev.gauntlet.attack;

import dev.gauntlet.attack.kit.AttackResult;
import dev.gauntlet.attack.kit.Findings;
import dev.gauntlet.attack.kit.Problem;
import dev.gauntlet.model.Classifier;

/**
 * An attack that is told how far it may go and looks for a success there.
 *
 * <p>A concrete attack writes only {@link #search}; what comes before and after is the same for all. Example:
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
 * @param <M> what the attack needs of a model
 */
public non-sealed interface FixedBudgetAttack<M extends Classifier> extends Attack<M> {
    /**
     * Does the work that all budgets share and returns the search within any one of them.
     *
     * <p>Cost: that of {@link #begin}.
     *
     * @param model the model under attack
     * @param problem what is asked
     * @return the search, to be used by the calling thread only
     * @throws dev.gauntlet.GauntletException if the attack is not made for the problem
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
     * Asks the model about the clean examples. An attack whose searches all use the gradients there asks for both at once.
     *
     * <p>Cost: one forward pass.
     *
     * @param model the model under attack
     * @param problem what is asked
     * @return the findings with which the search within every budget begins
     */
    default Findings begin(M model, Problem problem) {
        return Findings.of(model, problem);
    }

    /**
     * Searches for a success within one budget.
     *
     * @param model the model under attack
     * @param problem what is asked; the attack fits it
     * @param epsilon the budget in the norm of the problem, above 0
     * @param findings the clean answers, with at least one row to attack; keeps the successes
     */
    void search(M model, Problem problem, double epsilon, Findings findings);

    /** The part of an attack that depends on the budget. */
    @FunctionalInterface
    interface Search {
        /**
         * Looks for each example for an input within the budget that is what the adversary wants.
         *
         * @param epsilon the budget in the norm of the problem, at least 0; 0 changes nothing
         * @return what was found
         */
        AttackResult within(double epsilon);
    }
}

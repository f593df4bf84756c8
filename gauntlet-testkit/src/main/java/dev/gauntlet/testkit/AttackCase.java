package dev.gauntlet.testkit;

import dev.gauntlet.attack.Attack;
import dev.gauntlet.attack.FixedBudgetAttack;
import dev.gauntlet.attack.MinimalNormAttack;
import dev.gauntlet.attack.kit.AttackResult;
import dev.gauntlet.attack.kit.Problem;
import dev.gauntlet.model.Classifier;
import dev.gauntlet.model.DifferentiableClassifier;
import dev.gauntlet.threat.Norm;
import java.util.stream.Stream;

/**
 * An attack in one of its norms.
 *
 * @param attack the attack
 * @param norm one of its norms
 */
public record AttackCase(Attack<?> attack, Norm norm) {
    /**
     * Returns an attack in each of its norms.
     *
     * @param attack the attack
     * @return the cases
     */
    public static Stream<AttackCase> of(Attack<?> attack) {
        return attack.norms().stream().sorted().map(norm -> new AttackCase(attack, norm));
    }

    /**
     * Runs the attack.
     *
     * @param model the model under attack
     * @param problem the problem
     * @param epsilon the budget, which a minimal-norm attack ignores
     * @return the result of the attack
     */
    public AttackResult run(DifferentiableClassifier model, Problem problem, double epsilon) {
        Attack<? super DifferentiableClassifier> runnable = runnable();
        if (runnable instanceof FixedBudgetAttack<? super DifferentiableClassifier> fixed) {
            return fixed.prepare(model, problem).within(epsilon);
        }
        if (runnable instanceof MinimalNormAttack<? super DifferentiableClassifier> minimal) {
            return minimal.nearest(model, problem);
        }
        throw new AssertionError(runnable);
    }

    /**
     * Returns the attack with white-box access.
     *
     * @return the attack
     */
    @SuppressWarnings("unchecked") // an attack needs no more of a model than logits and gradients
    public Attack<? super DifferentiableClassifier> runnable() {
        return (Attack<? super DifferentiableClassifier>) (Attack<? extends Classifier>) attack;
    }

    /**
     * Tells whether the attack has a fixed budget.
     *
     * @return whether it has; otherwise it is a minimal-norm attack
     */
    public boolean isFixedBudget() {
        return attack instanceof FixedBudgetAttack;
    }

    /**
     * Returns a share of the largest distance between two images.
     *
     * @param share the share, from 0 to 1
     * @param length the number of pixels of an image
     * @return the distance in this norm, a whole number for L0
     */
    public double budget(double share, int length) {
        double epsilon = share * norm.largest(length);
        return norm == Norm.L0 ? Math.rint(epsilon) : epsilon;
    }

    @Override
    public String toString() {
        return attack.name() + " " + norm.title();
    }
}

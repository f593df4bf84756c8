package dev.gauntlet.diagnose;

import dev.gauntlet.attack.Apgd;
import dev.gauntlet.attack.ApgdTargeted;
import dev.gauntlet.attack.Attack;
import dev.gauntlet.attack.Fmn;
import dev.gauntlet.attack.Square;
import dev.gauntlet.attack.kit.Problem;
import dev.gauntlet.loss.Dlr;
import dev.gauntlet.loss.Loss;
import dev.gauntlet.loss.Margin;
import dev.gauntlet.model.DifferentiableClassifier;
import dev.gauntlet.threat.Criterion;
import dev.gauntlet.threat.Misclassified;
import dev.gauntlet.threat.Norm;
import java.util.List;

/**
 * The attacks that tell what a stronger evaluation would still break, from cheap to strong.
 *
 * <p>Together they are as strong as AutoAttack: APGD-T towards all of nine classes, and the Square attack with 5000 queries, which
 * needs no gradient. Short runs of both go before them, so that what is easy to break costs little. For L0 it is FMN with many
 * steps.
 */
public final class StrongerAttacks {
    private static final int SHORT_STEPS = 25;
    private static final int SHORT_TARGETS = 3;
    private static final int SHORT_QUERIES = 250;
    private static final int LONG_STEPS = 100;
    private static final int RESTARTS = 5;
    private static final int LONG_STEPS_OF_L0 = 1000;
    private static final int CLASSES_OF_TARGETED_DLR = 4;

    private StrongerAttacks() {}

    /**
     * Returns the attacks, without those that the plan has, or has a stronger form of.
     *
     * @param plan the attacks that ran
     * @param norm how distance is measured
     * @param criterion what counts as success
     * @param classes the number of classes of the model
     * @return the attacks in the order in which they are tried
     */
    public static List<Attack<? super DifferentiableClassifier>> beyond(
            List<? extends Attack<?>> plan, Norm norm, Criterion criterion, int classes) {
        return all(norm, criterion, classes).stream()
                .<Attack<? super DifferentiableClassifier>>map(attack -> attack)
                .filter(attack -> plan.stream().noneMatch(own -> isAsStrong(own, attack)))
                .toList();
    }

    /**
     * Tries an attack and recomputes its success.
     *
     * @param attack the attack
     * @param model the model
     * @param problem the examples
     * @param epsilon the budget
     * @return for each example whether the attack succeeded on it within the budget
     */
    public static boolean[] broken(
            Attack<? super DifferentiableClassifier> attack,
            DifferentiableClassifier model,
            Problem problem,
            double epsilon) {
        return AttackTrial.of(attack, model, problem, epsilon).broken();
    }

    private static List<Attack<? super DifferentiableClassifier>> all(Norm norm, Criterion criterion, int classes) {
        if (norm == Norm.L0) {
            Fmn usual = Fmn.defaults();
            return List.of(new Fmn(
                    LONG_STEPS_OF_L0,
                    usual.initialAlpha(),
                    usual.finalAlpha(),
                    usual.initialGamma(),
                    usual.finalGamma()));
        }
        Square square = Square.defaults();
        Square few = new Square(SHORT_QUERIES, square.p(), 1, true);
        if (criterion instanceof Misclassified) {
            ApgdTargeted usual = ApgdTargeted.defaults();
            return List.of(
                    new ApgdTargeted(SHORT_TARGETS, SHORT_STEPS, 1, usual.rho(), usual.shrinkingBall()),
                    few,
                    usual,
                    square);
        }
        Apgd usual = Apgd.defaults();
        Loss loss = classes < CLASSES_OF_TARGETED_DLR ? new Margin() : new Dlr();
        return List.of(
                new Apgd(SHORT_STEPS, SHORT_TARGETS, usual.rho(), usual.shrinkingBall(), loss),
                few,
                new Apgd(LONG_STEPS, RESTARTS, usual.rho(), usual.shrinkingBall(), loss),
                square);
    }

    /** Tells whether an attack has made at least the effort of another of its kind. */
    private static boolean isAsStrong(Attack<?> own, Attack<?> other) {
        if (own instanceof ApgdTargeted mine && other instanceof ApgdTargeted asked) {
            return mine.targetClasses() >= asked.targetClasses()
                    && mine.steps() >= asked.steps()
                    && mine.restarts() >= asked.restarts();
        }
        if (own instanceof Apgd mine && other instanceof Apgd asked) {
            return mine.loss().equals(asked.loss())
                    && mine.steps() >= asked.steps()
                    && mine.restarts() >= asked.restarts();
        }
        if (own instanceof Square mine && other instanceof Square asked) {
            return mine.queries() >= asked.queries() && mine.restarts() >= asked.restarts();
        }
        return own instanceof Fmn mine && other instanceof Fmn asked && mine.steps() >= asked.steps();
    }
}

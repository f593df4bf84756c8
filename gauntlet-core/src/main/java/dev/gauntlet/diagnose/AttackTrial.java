package dev.gauntlet.diagnose;

import dev.gauntlet.attack.Attack;
import dev.gauntlet.attack.FixedBudgetAttack;
import dev.gauntlet.attack.MinimalNormAttack;
import dev.gauntlet.attack.kit.Problem;
import dev.gauntlet.data.Batch;
import dev.gauntlet.model.Classifier;
import dev.gauntlet.model.Logits;
import dev.gauntlet.threat.LpBall;
import java.util.stream.IntStream;
import org.apache.commons.statistics.interval.BinomialConfidenceInterval;

/**
 * The successes of an attack in a probe, recomputed.
 *
 * @param broken for each example whether the attack succeeded on it
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record AttackTrial(boolean[] broken) {
    private static final double ERROR_RATE = 0.05;

    /** Attacks a model and judges the result by the same model. */
    static <M extends Classifier> AttackTrial of(Attack<? super M> attack, M model, Problem problem, double epsilon) {
        return of(attack, model, model, problem, epsilon);
    }

    /** Attacks one model and judges the result by another. */
    static <M extends Classifier> AttackTrial of(
            Attack<? super M> attack, M attacked, Classifier judge, Problem problem, double epsilon) {
        Batch clean = problem.clean();
        if (clean.size() == 0) {
            return new AttackTrial(new boolean[0]);
        }
        float[] pixels;
        if (attack instanceof FixedBudgetAttack<? super M> fixed) {
            pixels = fixed.prepare(attacked, problem).within(epsilon).pixels();
        } else if (attack instanceof MinimalNormAttack<? super M> minimal) {
            pixels = minimal.nearest(attacked, problem).pixels();
        } else {
            throw new IllegalStateException("unknown kind of attack: " + attack);
        }
        LpBall ball = new LpBall(problem.norm(), epsilon);
        Logits logits = judge.logits(clean.withPixels(pixels));
        int length = clean.shape().size();
        boolean[] broken = new boolean[clean.size()];
        for (int row = 0; row < broken.length; row++) {
            broken[row] = problem.isMet(logits, row)
                    && ball.allows(problem.norm().distance(clean.pixels(), pixels, row * length, length));
        }
        return new AttackTrial(broken);
    }

    int size() {
        return broken.length;
    }

    int count() {
        return (int)
                IntStream.range(0, broken.length).filter(row -> broken[row]).count();
    }

    /** Returns the rows that are still robust. */
    int[] standing() {
        return IntStream.range(0, broken.length).filter(row -> !broken[row]).toArray();
    }

    /** Counts the examples on which only this attack succeeded. */
    int countBeyond(AttackTrial other) {
        return (int) IntStream.range(0, broken.length)
                .filter(row -> broken[row] && !other.broken[row])
                .count();
    }

    /**
     * Returns the p-value of McNemar's one-sided exact test: the probability of such a lead if both attacks are equally
     * strong.
     */
    double chanceAgainst(AttackTrial other) {
        int mine = countBeyond(other);
        int all = mine + other.countBeyond(this);
        double probability = Math.pow(0.5, all);
        double chance = 0;
        for (int wins = all; wins >= mine; wins--) {
            chance += probability;
            probability *= wins / (double) (all - wins + 1);
        }
        return Math.min(1, chance);
    }

    /** Returns the lower bound of the success rate (Wilson 95 %). */
    static double surely(int broken, int all) {
        return Math.max(
                0,
                BinomialConfidenceInterval.WILSON_SCORE
                        .fromErrorRate(all, broken, ERROR_RATE)
                        .getLowerBound());
    }
}

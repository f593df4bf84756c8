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
 * What an attack broke, recomputed.
 *
 * @param broken for each example whether it is what the adversary wants now
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record AttackTrial(boolean[] broken) {
    private static final double ERROR_RATE = 0.05;

    /** Attacks one model and judges by it. */
    static <M extends Classifier> AttackTrial of(Attack<? super M> attack, M model, Problem problem, double epsilon) {
        return of(attack, model, model, problem, epsilon);
    }

    /** Attacks one model and judges by another. */
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
            throw new IllegalStateException("no such attack: " + attack);
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

    /** Returns the rows that stand. */
    int[] standing() {
        return IntStream.range(0, broken.length).filter(row -> !broken[row]).toArray();
    }

    /** Counts what this broke and the other did not. */
    int countBeyond(AttackTrial other) {
        return (int) IntStream.range(0, broken.length)
                .filter(row -> broken[row] && !other.broken[row])
                .count();
    }

    /**
     * Returns how probable it is that of two equal attacks one is ahead of the other by as much: the one-sided exact test
     * of McNemar.
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

    /** Returns the share that surely (95 %) is broken. */
    static double surely(int broken, int all) {
        return Math.max(
                0,
                BinomialConfidenceInterval.WILSON_SCORE
                        .fromErrorRate(all, broken, ERROR_RATE)
                        .getLowerBound());
    }
}

package dev.gauntlet.evaluate;

import dev.gauntlet.GauntletException;
import dev.gauntlet.attack.FixedBudgetAttack;
import dev.gauntlet.model.DifferentiableClassifier;
import dev.gauntlet.threat.LpBall;
import dev.gauntlet.threat.Norm;
import java.util.List;
import java.util.stream.DoubleStream;

/**
 * What is run: an attack, the budgets it gets, and everything else that a result depends on.
 *
 * @param attack the attack
 * @param norm how distance is measured
 * @param epsilons the budgets in raw units of [0,1]; kept sorted, without repetition, and with 0 for the clean accuracy
 * @param seed the seed of every random choice
 * @param shardSize how many examples are computed together, at least 1; part of the plan because the last bits of a
 *     result may depend on it, as they never do on the number of workers
 */
public record Plan(
        FixedBudgetAttack<? super DifferentiableClassifier> attack,
        Norm norm,
        List<Double> epsilons,
        long seed,
        int shardSize) {
    /** The shard size unless another is asked for. */
    public static final int DEFAULT_SHARD_SIZE = 1000;

    public Plan {
        if (shardSize < 1) {
            throw new GauntletException("The shard size must be at least 1, got " + shardSize + ".");
        }
        for (double epsilon : epsilons) {
            new LpBall(norm, epsilon);
        }
        epsilons = DoubleStream.concat(
                        DoubleStream.of(0),
                        // adding 0 turns the -0.0 that distinct() would keep into 0.0
                        epsilons.stream().mapToDouble(epsilon -> epsilon + 0.0))
                .sorted()
                .distinct()
                .boxed()
                .toList();
    }

    /**
     * Plans an L-infinity attack with seed 0 and the usual shard size.
     *
     * @param attack the attack
     * @param epsilons the budgets, each in [0,1]
     * @return the plan
     * @throws GauntletException if an epsilon is outside [0,1] or not a number
     */
    public static Plan linf(FixedBudgetAttack<? super DifferentiableClassifier> attack, double... epsilons) {
        return new Plan(attack, Norm.LINF, DoubleStream.of(epsilons).boxed().toList(), 0, DEFAULT_SHARD_SIZE);
    }

    /**
     * Returns the same plan with another seed.
     *
     * @param otherSeed any number
     * @return the plan
     */
    public Plan withSeed(long otherSeed) {
        return new Plan(attack, norm, epsilons, otherSeed, shardSize);
    }
}

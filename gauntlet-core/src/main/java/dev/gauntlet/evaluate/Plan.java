package dev.gauntlet.evaluate;

import dev.gauntlet.GauntletException;
import dev.gauntlet.attack.Attack;
import dev.gauntlet.data.ImageShape;
import dev.gauntlet.evaluate.shard.ShardPlan;
import dev.gauntlet.model.Classifier;
import dev.gauntlet.model.DifferentiableClassifier;
import dev.gauntlet.threat.Criterion;
import dev.gauntlet.threat.LpBall;
import dev.gauntlet.threat.Misclassified;
import dev.gauntlet.threat.Norm;
import dev.gauntlet.threat.Targeted;
import java.util.List;
import java.util.stream.DoubleStream;

/**
 * What is run: attacks, the budgets they get, and everything else that a result depends on.
 *
 * <p>The attacks are one worst case: an example goes on to the next attack only while it stands. So the cheap ones come
 * first.
 *
 * @param attacks the attacks in their order, at least one
 * @param norm how distance is measured
 * @param criterion what counts as success
 * @param epsilons the budgets in raw units of [0,1]; kept sorted, without repetition, and with 0 for the clean accuracy
 * @param seed the seed of every random choice
 * @param examples how many examples are drawn, from each class its share, at least 1; all if there are no more
 * @param shardSize how many examples are computed together at most, at least 1; part of the plan because the last bits of a
 *     result may depend on it, as they never do on the number of workers
 * @param <M> what the attacks need of a model
 */
public record Plan<M extends Classifier>(
        List<Attack<? super M>> attacks,
        Norm norm,
        Criterion criterion,
        List<Double> epsilons,
        long seed,
        int examples,
        int shardSize) {
    /** The number of examples that draws all. */
    public static final int ALL_EXAMPLES = Integer.MAX_VALUE;

    /**
     * The shard size unless another is asked for. It means as many as usual, which of large images is fewer; any other number
     * is taken as it is.
     */
    public static final int DEFAULT_SHARD_SIZE = 1000;

    /** So many numbers of all images of a shard make arrays of 4 MB, of which an attack keeps a dozen or two. */
    private static final int USUAL_NUMBERS = 1 << 20;

    /** Fewer at once waste most of the time of a large network. */
    private static final int FEWEST_TOGETHER = 8;

    public Plan {
        if (attacks.isEmpty()) {
            throw new GauntletException("A plan needs at least one attack.");
        }
        attacks = List.copyOf(attacks);
        for (Attack<?> attack : attacks) {
            attack.requireFit(norm, criterion);
        }
        if (examples < 1) {
            throw new GauntletException("The number of examples must be at least 1, got " + examples + ".");
        }
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
     * Plans attacks that may use the gradient, for any misclassification, with seed 0 and the usual shard size.
     *
     * @param norm how distance is measured
     * @param attacks the attacks in their order
     * @param epsilons the budgets
     * @return the plan
     * @throws GauntletException if an attack has not the norm, or an epsilon is out of range
     */
    public static Plan<DifferentiableClassifier> whiteBox(
            Norm norm, List<? extends Attack<? super DifferentiableClassifier>> attacks, double... epsilons) {
        return new Plan<>(
                List.copyOf(attacks), norm, new Misclassified(), boxed(epsilons), 0, ALL_EXAMPLES, DEFAULT_SHARD_SIZE);
    }

    /**
     * Plans attacks that see nothing but logits, for any misclassification, with seed 0 and the usual shard size.
     *
     * @param norm how distance is measured
     * @param attacks the attacks in their order
     * @param epsilons the budgets
     * @return the plan
     * @throws GauntletException if an attack has not the norm, or an epsilon is out of range
     */
    public static Plan<Classifier> blackBox(
            Norm norm, List<? extends Attack<? super Classifier>> attacks, double... epsilons) {
        return new Plan<>(
                List.copyOf(attacks), norm, new Misclassified(), boxed(epsilons), 0, ALL_EXAMPLES, DEFAULT_SHARD_SIZE);
    }

    /**
     * Plans one L-infinity attack for any misclassification, with seed 0 and the usual shard size.
     *
     * @param attack the attack
     * @param epsilons the budgets, each in [0,1]
     * @return the plan
     * @throws GauntletException if an epsilon is outside [0,1] or not a number
     */
    public static Plan<DifferentiableClassifier> linf(
            Attack<? super DifferentiableClassifier> attack, double... epsilons) {
        return whiteBox(Norm.LINF, List.of(attack), epsilons);
    }

    /**
     * Returns the same plan with another seed.
     *
     * @param otherSeed any number
     * @return the plan
     */
    public Plan<M> withSeed(long otherSeed) {
        return new Plan<>(attacks, norm, criterion, epsilons, otherSeed, examples, shardSize);
    }

    /**
     * Returns the same plan with another criterion.
     *
     * @param otherCriterion what counts as success
     * @return the plan
     * @throws GauntletException if an attack has no targeted form
     */
    public Plan<M> withCriterion(Criterion otherCriterion) {
        return new Plan<>(attacks, norm, otherCriterion, epsilons, seed, examples, shardSize);
    }

    /**
     * Returns the same plan with another shard size.
     *
     * @param otherSize how many examples are computed together, at least 1
     * @return the plan
     */
    public Plan<M> withShardSize(int otherSize) {
        return new Plan<>(attacks, norm, criterion, epsilons, seed, examples, otherSize);
    }

    /**
     * Returns the same plan for a sample of the data.
     *
     * @param count how many examples are drawn, from each class its share, at least 1; all if there are no more
     * @return the plan
     */
    public Plan<M> withExamples(int count) {
        return new Plan<>(attacks, norm, criterion, epsilons, seed, count, shardSize);
    }

    /** Returns what the result of a task depends on. */
    ShardPlan<M> forShards() {
        return new ShardPlan<>(
                attacks,
                epsilons.stream().map(epsilon -> new LpBall(norm, epsilon)).toList(),
                criterion,
                seed);
    }

    /** Returns the same plan with other attacks and budgets. */
    Plan<M> with(List<Attack<? super M>> otherAttacks, List<Double> otherEpsilons) {
        return new Plan<>(otherAttacks, norm, criterion, otherEpsilons, seed, examples, shardSize);
    }

    /** Returns how many images of a shape are computed together at most. */
    int shardSizeFor(ImageShape shape) {
        return shardSize == DEFAULT_SHARD_SIZE
                ? Math.min(DEFAULT_SHARD_SIZE, Math.max(FEWEST_TOGETHER, USUAL_NUMBERS / shape.size()))
                : shardSize;
    }

    /** Refuses targets that are no classes of the data. */
    void requireClasses(int classes) {
        if (criterion instanceof Targeted targeted && targeted.targetOfClass().size() != classes) {
            throw new GauntletException("The targets are for %d classes, but the data has %d."
                    .formatted(targeted.targetOfClass().size(), classes));
        }
    }

    private static List<Double> boxed(double... epsilons) {
        return DoubleStream.of(epsilons).boxed().toList();
    }
}

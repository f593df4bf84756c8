package dev.gauntlet.evaluate;

import dev.gauntlet.GauntletException;
import dev.gauntlet.attack.Attack;
import dev.gauntlet.data.ImageShape;
import dev.gauntlet.evaluate.shard.ShardPlan;
import dev.gauntlet.model.Classifier;
import dev.gauntlet.model.DifferentiableClassifier;
import dev.gauntlet.request.Access;
import dev.gauntlet.request.AttackGoal;
import dev.gauntlet.request.AttackRef;
import dev.gauntlet.request.DataRef;
import dev.gauntlet.request.DiagnosticsBudget;
import dev.gauntlet.request.EvaluationRequest;
import dev.gauntlet.request.Execution;
import dev.gauntlet.request.Limits;
import dev.gauntlet.request.ModelRef;
import dev.gauntlet.request.Sampling;
import dev.gauntlet.request.Threat;
import dev.gauntlet.threat.Criterion;
import dev.gauntlet.threat.LpBall;
import dev.gauntlet.threat.Misclassified;
import dev.gauntlet.threat.Norm;
import dev.gauntlet.threat.Targeted;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;

/**
 * What is run on a model and data that are there already: attacks, the budgets they get, and everything else that a result
 * depends on. The compiler makes sure that the model gives what the attacks need.
 *
 * <p>The attacks are one worst case: an example goes on to the next attack only while it is robust. So the cheap ones come
 * first.
 *
 * @param attacks the attacks in their order, at least one
 * @param balls the budgets, all of one norm; kept in growing order, without repetition, and with radius 0 for the clean
 *     accuracy
 * @param criterion what counts as success
 * @param sampling which examples, and the seed of every random choice
 * @param diagnostics what may be spent on finding out what the number is worth
 * @param shardSize how many examples are computed together at most, at least 1; absent for as many as fit their size. Part
 *     of the plan because the last bits of a result may depend on it, as they never do on the number of workers
 * @param <M> what the attacks need of a model
 */
public record Plan<M extends Classifier>(
        List<Attack<? super M>> attacks,
        List<LpBall> balls,
        Criterion criterion,
        Sampling sampling,
        DiagnosticsBudget diagnostics,
        OptionalInt shardSize) {
    public Plan {
        if (attacks.isEmpty()) {
            throw new GauntletException("A plan needs at least one attack.");
        }
        attacks = List.copyOf(attacks);
        balls = LpBall.growing(balls);
        for (Attack<?> attack : attacks) {
            attack.requireFit(balls.get(0).norm(), criterion);
        }
        if (shardSize.isPresent() && shardSize.getAsInt() < 1) {
            throw new GauntletException("The shard size must be at least 1, got " + shardSize.getAsInt() + ".");
        }
    }

    /**
     * Plans attacks that may use the gradient, for any misclassification, with seed 0 and on all examples.
     *
     * @param norm how distance is measured
     * @param attacks the attacks in their order
     * @param epsilons the budgets
     * @return the plan
     * @throws GauntletException if an attack does not support the norm, or an epsilon is out of range
     */
    public static Plan<DifferentiableClassifier> whiteBox(
            Norm norm, List<? extends Attack<? super DifferentiableClassifier>> attacks, double... epsilons) {
        return new Plan<>(
                List.copyOf(attacks),
                balls(norm, epsilons),
                new Misclassified(),
                Sampling.ALL,
                DiagnosticsBudget.AUTOMATIC,
                OptionalInt.empty());
    }

    /**
     * Plans attacks that see nothing but logits, for any misclassification, with seed 0 and on all examples.
     *
     * @param norm how distance is measured
     * @param attacks the attacks in their order
     * @param epsilons the budgets
     * @return the plan
     * @throws GauntletException if an attack does not support the norm, or an epsilon is out of range
     */
    public static Plan<Classifier> blackBox(
            Norm norm, List<? extends Attack<? super Classifier>> attacks, double... epsilons) {
        return new Plan<>(
                List.copyOf(attacks),
                balls(norm, epsilons),
                new Misclassified(),
                Sampling.ALL,
                DiagnosticsBudget.AUTOMATIC,
                OptionalInt.empty());
    }

    /**
     * Plans one L-infinity attack for any misclassification, with seed 0 and on all examples.
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
     * Plans what a request asks, on data with these classes.
     *
     * @param request the request
     * @param classes the names of the classes
     * @param <M> what the access of the request gives of a model
     */
    @SuppressWarnings("unchecked") // a request gives only attacks that its access allows
    static <M extends Classifier> Plan<M> of(EvaluationRequest request, List<String> classes) {
        return new Plan<>(
                request.knownAttacks().stream()
                        .<Attack<? super M>>map(attack -> (Attack<? super M>) attack)
                        .toList(),
                request.threat().budgets(),
                request.threat().criterion(classes),
                request.sampling(),
                request.diagnostics(),
                request.execution().shardSize());
    }

    /** Returns the request for this plan on a model and data that are there already. */
    EvaluationRequest request(ModelRef model, DataRef data, Access access, Limits limits) {
        return new EvaluationRequest(
                model,
                data,
                sampling,
                new Threat(balls, AttackGoal.of(criterion)),
                attacks.stream().map(AttackRef::of).toList(),
                access,
                diagnostics,
                limits,
                execution());
    }

    /**
     * Returns the same plan with another seed.
     *
     * @param otherSeed any number
     * @return the plan
     */
    public Plan<M> withSeed(long otherSeed) {
        return new Plan<>(attacks, balls, criterion, sampling.withSeed(otherSeed), diagnostics, shardSize);
    }

    /**
     * Returns the same plan with another criterion.
     *
     * @param otherCriterion what counts as success
     * @return the plan
     * @throws GauntletException if an attack has no targeted variant
     */
    public Plan<M> withCriterion(Criterion otherCriterion) {
        return new Plan<>(attacks, balls, otherCriterion, sampling, diagnostics, shardSize);
    }

    /**
     * Returns the same plan with another shard size.
     *
     * @param otherSize how many examples are computed together, at least 1
     * @return the plan
     */
    public Plan<M> withShardSize(int otherSize) {
        return new Plan<>(attacks, balls, criterion, sampling, diagnostics, OptionalInt.of(otherSize));
    }

    /**
     * Returns the same plan for a stratified random sample of the data.
     *
     * @param count the size of the sample, at least 1; all examples if there are no more
     * @return the plan
     */
    public Plan<M> withExamples(int count) {
        return new Plan<>(attacks, balls, criterion, sampling.withExamples(count), diagnostics, shardSize);
    }

    /**
     * Returns the same plan with another budget of the diagnostics.
     *
     * @param other what the diagnostics may spend
     * @return the plan
     */
    public Plan<M> withDiagnostics(DiagnosticsBudget other) {
        return new Plan<>(attacks, balls, criterion, sampling, other, shardSize);
    }

    /** Returns what the result of a task depends on. */
    ShardPlan<M> forShards() {
        return new ShardPlan<>(attacks, balls, criterion, seed());
    }

    /** Returns the same plan with other attacks and budgets. */
    Plan<M> with(List<Attack<? super M>> otherAttacks, List<LpBall> otherBalls) {
        return new Plan<>(otherAttacks, otherBalls, criterion, sampling, diagnostics, shardSize);
    }

    /**
     * Returns how distance is measured.
     *
     * @return the norm of all budgets
     */
    public Norm norm() {
        return balls.get(0).norm();
    }

    /**
     * Returns the radii of the budgets.
     *
     * @return the radii in raw input units, growing from 0
     */
    public List<Double> epsilons() {
        return balls.stream().map(LpBall::epsilon).toList();
    }

    /**
     * Returns the seed of every random choice.
     *
     * @return the seed
     */
    public long seed() {
        return sampling.seed();
    }

    /** Returns how the work is divided. */
    Execution execution() {
        return new Execution(shardSize, OptionalInt.empty());
    }

    /** Returns how many images of a shape are computed together at most. */
    int shardSizeFor(ImageShape shape) {
        return execution().shardSize(shape);
    }

    /** Refuses targets that are not classes of the data. */
    void requireClasses(int classes) {
        if (criterion instanceof Targeted targeted && targeted.targetOfClass().size() != classes) {
            throw new GauntletException("The targets are for %d classes, but the data has %d."
                    .formatted(targeted.targetOfClass().size(), classes));
        }
    }

    private static List<LpBall> balls(Norm norm, double... epsilons) {
        return Stream.concat(
                        Stream.of(new LpBall(norm, 0)),
                        DoubleStream.of(epsilons).mapToObj(epsilon -> new LpBall(norm, epsilon)))
                .toList();
    }
}

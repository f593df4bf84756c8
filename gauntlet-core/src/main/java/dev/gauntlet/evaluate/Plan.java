package dev.gauntlet.evaluate;

import dev.gauntlet.GauntletException;
import dev.gauntlet.attack.Attack;
import dev.gauntlet.certify.Certifier;
import dev.gauntlet.data.ImageShape;
import dev.gauntlet.evaluate.shard.ShardPlan;
import dev.gauntlet.model.Classifier;
import dev.gauntlet.model.DifferentiableClassifier;
import dev.gauntlet.request.Access;
import dev.gauntlet.request.AttackGoal;
import dev.gauntlet.request.AttackRef;
import dev.gauntlet.request.Certificates;
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
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;

/**
 * What is run on an open model and data: attacks, budgets, and everything else that a result depends on. The compiler
 * checks that the model provides what the attacks need.
 *
 * <p>The attacks are one worst case: an example goes on to the next attack only while it is robust. So the cheap ones come
 * first.
 *
 * @param attacks the attacks in their order, at least one
 * @param balls the budgets, all of one norm; kept in growing order, without repetition, and with radius 0 for the clean
 *     accuracy
 * @param criterion what counts as success
 * @param sampling which examples, and the seed of every random choice
 * @param certificates when and how examples are certified, if at all
 * @param diagnostics what may be spent on finding out what the number is worth
 * @param shardSize how many examples are computed together at most, at least 1; absent for as many as fit their size. It is
 *     part of the plan because the last bits of a result may depend on it; they never depend on the number of workers
 * @param <M> what the attacks need of a model
 */
public record Plan<M extends Classifier>(
        List<Attack<? super M>> attacks,
        List<LpBall> balls,
        Criterion criterion,
        Sampling sampling,
        Optional<Certifying> certificates,
        DiagnosticsBudget diagnostics,
        OptionalInt shardSize) {
    /**
     * When and how examples are certified.
     *
     * @param moment when the certifier works
     * @param certifier the certifier
     */
    public record Certifying(Certificates.Moment moment, Certifier certifier) {}

    public Plan {
        if (attacks.isEmpty()) {
            throw new GauntletException("A plan needs at least one attack.");
        }
        attacks = List.copyOf(attacks);
        balls = LpBall.growing(balls);
        for (Attack<?> attack : attacks) {
            attack.requireFit(balls.get(0).norm(), criterion);
        }
        if (certificates.isPresent()) {
            Certifier certifier = certificates.get().certifier();
            certifier.requireFit(balls.get(0));
            if (!certifier.isRepeatable()) {
                throw new GauntletException(
                        "The method %s has a time limit, so a second run could give another record; use another limit."
                                .formatted(certifier.name()));
            }
            Certificates.requireBudget(balls);
        }
        if (shardSize.isPresent() && shardSize.getAsInt() < 1) {
            throw new GauntletException("The shard size must be at least 1, got " + shardSize.getAsInt() + ".");
        }
    }

    /**
     * Makes a plan without certificates.
     *
     * @param attacks the attacks in their order, at least one
     * @param balls the budgets, all of one norm
     * @param criterion what counts as success
     * @param sampling which examples, and the seed of every random choice
     * @param diagnostics what may be spent on finding out what the number is worth
     * @param shardSize how many examples are computed together at most, at least 1
     */
    public Plan(
            List<Attack<? super M>> attacks,
            List<LpBall> balls,
            Criterion criterion,
            Sampling sampling,
            DiagnosticsBudget diagnostics,
            OptionalInt shardSize) {
        this(attacks, balls, criterion, sampling, Optional.empty(), diagnostics, shardSize);
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
     * Plans attacks that see only logits, for any misclassification, with seed 0 and on all examples.
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
                request.certificates()
                        .flatMap(asked ->
                                request.knownCertifier().map(certifier -> new Certifying(asked.moment(), certifier))),
                request.diagnostics(),
                request.execution().shardSize());
    }

    /** Returns the request for this plan on an open model and data. */
    EvaluationRequest request(ModelRef model, DataRef data, Access access, Limits limits) {
        return new EvaluationRequest(
                model,
                data,
                sampling,
                new Threat(balls, AttackGoal.of(criterion)),
                attacks.stream().map(AttackRef::of).toList(),
                access,
                certificates.map(certifying -> Certificates.of(certifying.moment(), certifying.certifier())),
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
        return new Plan<>(
                attacks, balls, criterion, sampling.withSeed(otherSeed), certificates, diagnostics, shardSize);
    }

    /**
     * Returns the same plan with another criterion.
     *
     * @param otherCriterion what counts as success
     * @return the plan
     * @throws GauntletException if an attack has no targeted variant
     */
    public Plan<M> withCriterion(Criterion otherCriterion) {
        return new Plan<>(attacks, balls, otherCriterion, sampling, certificates, diagnostics, shardSize);
    }

    /**
     * Returns the same plan with another shard size.
     *
     * @param otherSize how many examples are computed together, at least 1
     * @return the plan
     */
    public Plan<M> withShardSize(int otherSize) {
        return new Plan<>(attacks, balls, criterion, sampling, certificates, diagnostics, OptionalInt.of(otherSize));
    }

    /**
     * Returns the same plan for a stratified random sample of the data.
     *
     * @param count the size of the sample, at least 1; all examples if there are no more
     * @return the plan
     */
    public Plan<M> withExamples(int count) {
        return new Plan<>(
                attacks, balls, criterion, sampling.withExamples(count), certificates, diagnostics, shardSize);
    }

    /**
     * Returns the same plan with another budget of the diagnostics.
     *
     * @param other what the diagnostics may spend
     * @return the plan
     */
    public Plan<M> withDiagnostics(DiagnosticsBudget other) {
        return new Plan<>(attacks, balls, criterion, sampling, certificates, other, shardSize);
    }

    /**
     * Returns the same plan with certificates.
     *
     * @param moment when the certifier works
     * @param certifier the certifier
     * @return the plan
     * @throws GauntletException if the certifier does not support the norm, or no budget is above 0
     */
    public Plan<M> withCertificates(Certificates.Moment moment, Certifier certifier) {
        return new Plan<>(
                attacks,
                balls,
                criterion,
                sampling,
                Optional.of(new Certifying(moment, certifier)),
                diagnostics,
                shardSize);
    }

    /** Returns what the result of a task depends on. */
    ShardPlan<M> forShards() {
        return new ShardPlan<>(attacks, balls, criterion, seed(), certificates.map(Certifying::certifier));
    }

    /** Returns the same plan without certificates. */
    Plan<M> withoutCertificates() {
        return new Plan<>(attacks, balls, criterion, sampling, diagnostics, shardSize);
    }

    /** Tells whether examples are certified at a moment. */
    boolean certifies(Certificates.Moment moment) {
        return certificates.filter(certifying -> certifying.moment() == moment).isPresent();
    }

    /** Returns how many stages there are before the diagnostics: the clean answers, the attacks and the certificates. */
    int stages() {
        return 1 + attacks.size() + (certificates.isPresent() ? 1 : 0);
    }

    /** Returns the same plan with other attacks and budgets. */
    Plan<M> with(List<Attack<? super M>> otherAttacks, List<LpBall> otherBalls) {
        return new Plan<>(otherAttacks, otherBalls, criterion, sampling, certificates, diagnostics, shardSize);
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

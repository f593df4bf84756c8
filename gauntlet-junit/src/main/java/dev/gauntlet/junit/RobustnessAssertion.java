package dev.gauntlet.junit;

import dev.gauntlet.GauntletException;
import dev.gauntlet.attack.Attack;
import dev.gauntlet.certify.Certifier;
import dev.gauntlet.data.Dataset;
import dev.gauntlet.diagnose.Trust;
import dev.gauntlet.evaluate.Evaluator;
import dev.gauntlet.evaluate.LocalRunner;
import dev.gauntlet.evaluate.Plan;
import dev.gauntlet.evaluate.RobustnessReport;
import dev.gauntlet.gate.Gate;
import dev.gauntlet.gate.Requirement;
import dev.gauntlet.model.Classifier;
import dev.gauntlet.model.DifferentiableClassifier;
import dev.gauntlet.request.Certificates;
import dev.gauntlet.request.DiagnosticsBudget;
import dev.gauntlet.request.Sampling;
import dev.gauntlet.threat.LpBall;
import dev.gauntlet.threat.Misclassified;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Asserts that a model is robust: attacks it and decides with the 95 % interval of its robust accuracy.
 *
 * <p>The test passes if the whole interval reaches the minimum. It fails if no part of it does, and also if the result is
 * inconclusive; see {@link #allowInconclusive()}. The message contains the measurement and how to reproduce it.
 *
 * <p>Cost: that of the evaluation, see {@link Evaluator}.
 *
 * <p>Example:
 *
 * <pre>{@code
 * assertRobust(model).on(testData).against(linf(8 / 255.0)).with(Pgd.defaults()).atLeast(0.4);
 * }</pre>
 *
 * @param <M> the access to the model that the attacks have
 */
public final class RobustnessAssertion<M extends Classifier> {
    private final Evaluation<M> evaluation;
    private final Optional<Dataset> data;
    private final Optional<LpBall> ball;
    private final List<Attack<? super M>> attacks;
    private final Sampling sampling;
    private final Optional<Plan.Certifying> certificates;
    private final Conclusion conclusion;

    private RobustnessAssertion(
            Evaluation<M> evaluation,
            Optional<Dataset> data,
            Optional<LpBall> ball,
            List<Attack<? super M>> attacks,
            Sampling sampling,
            Optional<Plan.Certifying> certificates,
            Conclusion conclusion) {
        this.evaluation = evaluation;
        this.data = data;
        this.ball = ball;
        this.attacks = attacks;
        this.sampling = sampling;
        this.certificates = certificates;
        this.conclusion = conclusion;
    }

    /** Evaluates a model, with or without its gradients. */
    @FunctionalInterface
    private interface Evaluation<M extends Classifier> {
        RobustnessReport run(Dataset data, Plan<M> plan);
    }

    /**
     * Starts an assertion on a model with gradients (white box).
     *
     * @param model the model; not closed
     * @return the assertion, which still requires data, a budget, attacks and a minimum
     */
    public static RobustnessAssertion<DifferentiableClassifier> assertRobust(DifferentiableClassifier model) {
        return about((data, plan) -> evaluator().evaluate(model, data, plan));
    }

    /**
     * Starts an assertion on a model that returns only logits (black box).
     *
     * @param model the model; not closed
     * @return the assertion, which still requires data, a budget, attacks and a minimum
     */
    public static RobustnessAssertion<Classifier> assertRobust(Classifier model) {
        return about((data, plan) -> evaluator().evaluate(model, data, plan));
    }

    private static <M extends Classifier> RobustnessAssertion<M> about(Evaluation<M> evaluation) {
        return new RobustnessAssertion<>(
                evaluation,
                Optional.empty(),
                Optional.empty(),
                List.of(),
                Sampling.ALL,
                Optional.empty(),
                Conclusion.DEFAULT);
    }

    static Evaluator evaluator() {
        return Evaluator.on(LocalRunner.onAllProcessors());
    }

    /**
     * Sets the data set.
     *
     * @param examplesToAttack the data set
     * @return the assertion
     */
    public RobustnessAssertion<M> on(Dataset examplesToAttack) {
        return new RobustnessAssertion<>(
                evaluation, Optional.of(examplesToAttack), ball, attacks, sampling, certificates, conclusion);
    }

    /**
     * Sets the budget.
     *
     * @param budget the norm and the radius, such as {@code LpBall.linf(8 / 255.0)}
     * @return the assertion
     */
    public RobustnessAssertion<M> against(LpBall budget) {
        return new RobustnessAssertion<>(
                evaluation, data, Optional.of(budget), attacks, sampling, certificates, conclusion);
    }

    /**
     * Sets the attacks. They form one worst case: each continues with the examples that are still robust.
     *
     * @param worstCase the attacks in their order, cheap ones first
     * @return the assertion
     */
    @SafeVarargs
    @SuppressWarnings("varargs") // the list is a copy
    public final RobustnessAssertion<M> with(Attack<? super M>... worstCase) {
        return with(List.of(worstCase));
    }

    /**
     * Sets the attacks, such as those of AutoAttack.
     *
     * @param worstCase the attacks in their order, cheap ones first
     * @return the assertion
     */
    public RobustnessAssertion<M> with(List<? extends Attack<? super M>> worstCase) {
        return new RobustnessAssertion<>(
                evaluation, data, ball, List.copyOf(worstCase), sampling, certificates, conclusion);
    }

    /**
     * Attacks only a stratified random sample (seeded).
     *
     * @param count the number of examples, at least 1; all if there are no more
     * @return the assertion
     */
    public RobustnessAssertion<M> onExamples(int count) {
        return new RobustnessAssertion<>(
                evaluation, data, ball, attacks, sampling.withExamples(count), certificates, conclusion);
    }

    /**
     * Sets the seed of every random choice; the default is 0.
     *
     * @param number any number
     * @return the assertion
     */
    public RobustnessAssertion<M> withSeed(long number) {
        return new RobustnessAssertion<>(
                evaluation, data, ball, attacks, sampling.withSeed(number), certificates, conclusion);
    }

    /**
     * Also proves which examples are robust, so that {@link Requirement.MinimumCertifiedAccuracy} can be required.
     *
     * @param moment before the attacks, which are not run on what is certified, or after them
     * @param certifier the method, such as {@code new Crown()} of the module gauntlet-certify
     * @return the assertion
     */
    public RobustnessAssertion<M> certifying(Certificates.Moment moment, Certifier certifier) {
        return new RobustnessAssertion<>(
                evaluation,
                data,
                ball,
                attacks,
                sampling,
                Optional.of(new Plan.Certifying(moment, certifier)),
                conclusion);
    }

    /**
     * Also fails if the evaluation has this trust level or a worse one. Without this, an invalid evaluation is inconclusive.
     *
     * @param trust limited, suspect or invalid; worse levels are forbidden, too
     * @return the assertion
     */
    public RobustnessAssertion<M> forbidding(Trust trust) {
        return new RobustnessAssertion<>(
                evaluation, data, ball, attacks, sampling, certificates, conclusion.forbidding(trust));
    }

    /**
     * Aborts the test instead of failing it if the result is inconclusive; build tools report it as skipped, with the message.
     *
     * @return the assertion
     */
    public RobustnessAssertion<M> allowInconclusive() {
        return new RobustnessAssertion<>(
                evaluation, data, ball, attacks, sampling, certificates, conclusion.allowingInconclusive());
    }

    /**
     * Attacks the model and asserts its robust accuracy.
     *
     * @param minimum the minimum share of the examples that are classified correctly clean and under attack, in [0,1]
     * @return the record of the run
     * @throws AssertionError if the model is not robust enough, or the result is inconclusive
     * @throws GauntletException if data, budget or attacks are missing or incompatible
     */
    public RobustnessReport atLeast(double minimum) {
        return satisfies(Gate.requiring(required(ball, "the budget, .against(...)"), minimum));
    }

    /**
     * Attacks the model and asserts all requirements of a gate, such as a minimum for every class.
     *
     * @param gate the requirements, at the budget of {@link #against} or epsilon 0
     * @return the record of the run
     * @throws AssertionError if a requirement is not met, or the result is inconclusive
     * @throws GauntletException if data, budget or attacks are missing, or incompatible with each other or the gate
     */
    public RobustnessReport satisfies(Gate gate) {
        LpBall budget = required(ball, "the budget, .against(...)");
        Dataset examplesToAttack = required(data, "the data set, .on(...)");
        if (attacks.isEmpty()) {
            throw missing("the attacks, .with(...)");
        }
        Plan<M> plan = new Plan<>(
                attacks,
                List.of(budget),
                new Misclassified(),
                sampling,
                certificates,
                DiagnosticsBudget.AUTOMATIC,
                OptionalInt.empty());
        return conclusion.of(evaluation.run(examplesToAttack, plan), gate);
    }

    private static <T> T required(Optional<T> part, String what) {
        return part.orElseThrow(() -> missing(what));
    }

    private static GauntletException missing(String what) {
        return new GauntletException("The assertion requires " + what + ".");
    }
}
